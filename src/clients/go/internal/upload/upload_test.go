package upload

import (
	"errors"
	"math/rand"
	"testing"
	"time"

	"github.com/reassembly/reassembly/src/clients/go/wire"
)

var (
	times = Times{Ack: 5 * time.Second, GiveUp: time.Minute, MaxUnacked: 1 << 20}
	link  = Link{MinChunk: 10, MaxChunk: 100, Window: 1_000, Idle: 30 * time.Second}
	id    = wire.ID{7}
)

func begun(t *testing.T, source Source) *Upload {
	t.Helper()
	u := New(id, false, times, Backoff{Base: time.Millisecond, Cap: time.Millisecond}, 0)
	u.Attach(link, 0)
	expect(t, u.Next(source, 0), Step{Kind: Open})
	return u
}

func expect(t *testing.T, got, want Step) {
	t.Helper()
	if got != want {
		t.Fatalf("%+v, want %+v", got, want)
	}
}

func piece(from, to int64, sequence uint32, last bool) Step {
	return Step{Kind: Send, Piece: wire.Range{From: from, To: to}, Sequence: sequence, Last: last}
}

func TestNothingIsSentBeyondTheCredit(t *testing.T) {
	source := Source{Available: 5_000, Ended: true}
	u := begun(t, source)
	for i := int64(0); i < 10; i++ {
		step := u.Next(source, 0)
		expect(t, step, piece(i*100, i*100+100, uint32(i), false))
		u.OnSent(step, true, 0)
	}
	expect(t, u.Next(source, 0), Step{Kind: Wait, Until: times.Ack})
	u.OnAck(&wire.Ack{ID: id, Durable: 300, Credit: 1_300}, true, time.Second)
	expect(t, u.Next(source, time.Second), piece(1_000, 1_100, 10, false))
}

func TestSilenceIsAskedAbout(t *testing.T) {
	source := Source{Available: 50, Ended: true}
	u := begun(t, source)
	step := u.Next(source, 0)
	expect(t, step, piece(0, 50, 0, true))
	u.OnSent(step, true, 0)
	expect(t, u.Next(source, 4*time.Second), Step{Kind: Wait, Until: 5 * time.Second})
	expect(t, u.Next(source, 5*time.Second), Step{Kind: Ask})
	expect(t, u.Next(source, 6*time.Second), Step{Kind: Wait, Until: 10 * time.Second})
	u.OnAck(&wire.Ack{ID: id, Missing: []wire.Range{{From: 0, To: 50}}, Credit: 1_000}, true, 7*time.Second)
	expect(t, u.Next(source, 7*time.Second), piece(0, 50, 1, true))
}

func TestOnlyWhatIsMissingIsSentAgain(t *testing.T) {
	source := Source{Available: 1_000, Ended: true}
	u := begun(t, source)
	u.OnAck(&wire.Ack{ID: id, Credit: 1_000}, true, 0)
	for i := 0; i < 10; i++ {
		u.OnSent(u.Next(source, 0), true, 0)
	}
	u.Attach(link, time.Second)
	expect(t, u.Next(source, time.Second), Step{Kind: Ask})
	u.OnAck(&wire.Ack{ID: id, Durable: 200, Missing: []wire.Range{{From: 200, To: 250}, {From: 500, To: 605}}, Credit: 1_200}, true, time.Second)
	// Above the last range nothing is known, so all of that is sent again.
	for i, want := range []wire.Range{{From: 200, To: 250}, {From: 500, To: 600}, {From: 600, To: 700}} {
		step := u.Next(source, time.Second)
		expect(t, step, piece(want.From, want.To, uint32(10+i), false))
		u.OnSent(step, true, time.Second)
	}
	if u.SentBytes() != 1_250 || u.ResentBytes() != 250 {
		t.Errorf("%d bytes sent, %d again", u.SentBytes(), u.ResentBytes())
	}
}

func TestMessageThatIsUnknownAfterwardsIsBegunAnew(t *testing.T) {
	source := Source{Available: 500, Ended: true}
	u := begun(t, source)
	u.OnSent(u.Next(source, 0), true, 0)
	u.OnAck(&wire.Ack{ID: id, Durable: 100, Credit: 1_100}, true, 0)
	u.Attach(link, 0)
	expect(t, u.Next(source, 0), Step{Kind: Ask})
	u.OnError(&wire.Error{Code: wire.UnknownMessage, Scope: wire.ScopeMessage, ID: &id}, 0)
	expect(t, u.Next(source, 0), Step{Kind: Open})
	expect(t, u.Next(source, 0), piece(0, 100, 1, false))
	gone := Source{Oldest: 100, Available: 500, Ended: true}
	var notReplayable *NotReplayableError
	if step := u.Next(gone, 0); step.Kind != Fail || !errors.As(step.Err, &notReplayable) || notReplayable.Oldest != 100 {
		t.Fatalf("%+v", step)
	}
}

func TestRefusalIsRepeatedAfterItsTimeOrTold(t *testing.T) {
	source := Source{Available: 500, Ended: true}
	u := begun(t, source)
	u.OnSent(u.Next(source, 0), true, 0)
	u.OnError(&wire.Error{Code: wire.Overloaded, Scope: wire.ScopeMessage, ID: &id, Retryable: true, RetryAfterMs: 250}, 0)
	expect(t, u.Next(source, 0), Step{Kind: Wait, Until: 250 * time.Millisecond})
	expect(t, u.Next(source, 250*time.Millisecond), Step{Kind: Ask})
	u.OnAck(&wire.Ack{ID: id, Missing: []wire.Range{{To: 100}}, Credit: 1_000}, true, time.Second)
	expect(t, u.Next(source, time.Second), Step{Kind: Open}) // nobody has answered the first
	expect(t, u.Next(source, time.Second), piece(0, 100, 1, false))
	refusal := &wire.Error{Code: wire.OpenConflict, Scope: wire.ScopeMessage, ID: &id}
	u.OnError(refusal, time.Second)
	expect(t, u.Next(source, time.Second), Step{Kind: Fail, Err: refusal})
}

func TestUploadWithoutProgressGivesUp(t *testing.T) {
	source := Source{Available: 50, Ended: true}
	u := begun(t, source)
	u.OnSent(u.Next(source, 0), true, 0)
	var noProgress *NoProgressError
	if step := u.Next(source, times.GiveUp); step.Kind != Fail || !errors.As(step.Err, &noProgress) {
		t.Fatalf("%+v", step)
	}
}

func TestSlowSourceKeepsItsMessageAlive(t *testing.T) {
	u := begun(t, Source{})
	source := Source{Available: 5}
	expect(t, u.Next(source, time.Second), Step{Kind: Wait, Until: 10 * time.Second})
	expect(t, u.Next(source, 10*time.Second), Step{Kind: Open})
	expect(t, u.Next(Source{Available: 5, Ended: true}, 11*time.Second), piece(0, 5, 0, true))
}

// Whatever is lost, cut, refused or forgotten: all bytes arrive, none beyond the credit, and no chunk is below the minimum.
func TestEveryUploadEndsWhateverHappens(t *testing.T) {
	seed := time.Now().UnixNano()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewSource(seed))
	for run := 0; run < 300; run++ {
		size := random.Int63n(5_000)
		u := New(id, run%2 == 0, Times{Ack: time.Second, GiveUp: time.Hour, MaxUnacked: 700}, Backoff{Base: time.Millisecond, Cap: time.Second}, 0)
		there := &ranges{} // what the server holds
		known, complete, credit := false, false, int64(0)
		ack := func() *wire.Ack {
			a := &wire.Ack{ID: id, Durable: there.prefix(), Credit: there.prefix() + 500}
			from := int64(0)
			for _, held := range there.all {
				if held.From > from {
					a.Missing = append(a.Missing, wire.Range{From: from, To: held.From})
				}
				from = held.To
			}
			credit = a.Credit
			return a
		}
		now, read := time.Duration(0), int64(0)
		link := link
		attach := func() { // to a server whose limits are others
			link.MinChunk = 1 + random.Int63n(30)
			link.MaxChunk = link.MinChunk + random.Int63n(70)
			u.Attach(link, now)
		}
		attach()
		for steps := 0; !complete; steps++ {
			if steps > 100_000 {
				t.Fatalf("run %d: no end, %d of %d bytes", run, there.count, size)
			}
			if read < size {
				read += random.Int63n(min(size-read, 300) + 1)
			}
			switch step := u.Next(Source{Available: read, Ended: read == size}, now); step.Kind {
			case Open:
				known = true
				if random.Intn(3) > 0 {
					u.OnAck(ack(), true, now)
				}
			case Ask:
				if known {
					u.OnAck(ack(), true, now)
				} else {
					credit = link.Window
					u.OnError(&wire.Error{Code: wire.UnknownMessage, Scope: wire.ScopeMessage, ID: &id}, now)
				}
			case Send:
				length := step.Piece.To - step.Piece.From
				if length > link.MaxChunk || (length < link.MinChunk && step.Piece.To != size) || step.Piece.To > max(credit, link.Window) {
					t.Fatalf("run %d: %+v with credit %d of %d bytes", run, step, credit, size)
				}
				u.OnSent(step, read == size, now)
				switch random.Intn(12) {
				case 0: // lost with its connection
					attach()
				case 1:
					u.OnError(&wire.Error{Code: wire.CRCMismatch, Scope: wire.ScopeMessage, ID: &id, Retryable: true}, now)
				case 2: // stored, and the connection lost
					there.add(step.Piece)
					attach()
				default:
					known = true
					there.add(step.Piece)
					complete = read == size && there.prefix() == size
					if random.Intn(2) == 0 {
						u.OnAck(ack(), true, now)
					}
				}
				if random.Intn(200) == 0 { // a server that forgets
					there.clear()
					known = false
					attach()
				}
			case Wait:
				now = step.Until
			default:
				t.Fatalf("run %d: %+v", run, step)
			}
		}
	}
}
