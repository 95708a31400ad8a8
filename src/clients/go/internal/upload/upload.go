package upload

import (
	"fmt"
	"time"

	"github.com/reassembly/reassembly/src/clients/go/wire"
)

type phase int

const (
	detached phase = iota // no connection
	mustOpen              // send open first
	mustAsk               // send status first
	asked                 // waiting for the answer to status
	backoff               // waiting before asking
	flowing
)

// Upload is the state of one send. Two sets of bytes say it all: what the server holds for sure, and what is covered: held, or
// sent over this connection and not yet heard of. The next piece is cut from the lowest bytes that are not covered, below the
// credit. Whatever goes wrong ends the same way: ask with status, take only what the answer confirms as covered, go on. TCP keeps
// the answer behind all that was sent before it, so nothing is in doubt then.
type Upload struct {
	id      wire.ID
	times   Times
	backoff Backoff

	held, covered, sent ranges
	phase               phase
	link                Link
	heldHere            bool // held is what this connection's server said
	heardMeanwhile      bool // a connection that is left acked more while this one was asked
	openUnanswered      bool
	openInDoubt         bool
	endTold             bool
	mayBeKnown          bool
	credit              int64
	sequence            uint32
	lastProgress        time.Duration
	lastHeard           time.Duration
	until               time.Duration
	lastError           *wire.Error
	failure             error
	outcome             *wire.Outcome
	sentBytes           int64
	resentBytes         int64
}

// New makes the upload of a message. mayBeKnown says that an earlier send may have begun it.
func New(id wire.ID, mayBeKnown bool, times Times, backoff Backoff, now time.Duration) *Upload {
	return &Upload{id: id, mayBeKnown: mayBeKnown, times: times, backoff: backoff, lastProgress: now, lastHeard: now}
}

// Durable is where the durable bytes that begin at 0 end.
func (u *Upload) Durable() int64 { return u.held.prefix() }

// SentUpTo is one above the highest byte that was sent or is durable.
func (u *Upload) SentUpTo() int64 { return max(u.Durable(), u.sent.end()) }

// SentBytes are the payload bytes that were sent, those sent again included.
func (u *Upload) SentBytes() int64 { return u.sentBytes }

// ResentBytes are those that were sent again.
func (u *Upload) ResentBytes() int64 { return u.resentBytes }

// Outcome is the server's last word, or nil.
func (u *Upload) Outcome() *wire.Outcome { return u.outcome }

// MayBeKnown tells whether the server may know of this message.
func (u *Upload) MayBeKnown() bool { return u.mayBeKnown }

// Quiet tells whether every byte sent over this connection is durable: nothing is lost by leaving it.
func (u *Upload) Quiet() bool { return u.phase != asked && u.covered.count == u.held.count }

// GivesUpAt is when this upload ends unless something becomes durable.
func (u *Upload) GivesUpAt() time.Duration { return u.lastProgress + u.times.GiveUp }

// Attach goes on over a new connection.
func (u *Upload) Attach(link Link, now time.Duration) {
	u.link = link
	u.lastHeard = now
	u.heldHere = false
	u.openInDoubt = u.openInDoubt || u.openUnanswered
	u.openUnanswered = false
	if u.mayBeKnown {
		u.phase = mustAsk
	} else {
		u.begin()
	}
}

// Narrow takes smaller chunk limits within the connection.
func (u *Upload) Narrow(link Link) { u.link = link }

// OnAck takes what a server holds; current tells whether it came over the current connection.
func (u *Upload) OnAck(ack *wire.Ack, current bool, now time.Duration) {
	before := u.held.count
	answers := current && u.phase == asked
	if answers && !u.heldHere && u.heardMeanwhile {
		// Which of the two is newer nobody knows, and the source may have let go of what the other acked. The next answer is newer
		// than both.
		u.phase = mustAsk
		u.lastHeard = now
		return
	}
	u.heardMeanwhile = u.heardMeanwhile || (!current && u.phase == asked)
	if answers && !u.heldHere {
		// Another node, or the same one after a crash: what it says now is what there is.
		u.held.clear()
		u.heldHere = true
	}
	u.hold(ack)
	if current {
		u.credit = ack.Credit
		u.openUnanswered = false
		u.lastHeard = now
	}
	if answers {
		// Less than before: the message was lost there and begun anew by a late chunk, without what open had said.
		u.openInDoubt = u.openInDoubt || u.held.count < before
		u.covered.clear()
		u.endTold = false
		u.phase = flowing
		if u.openInDoubt {
			u.phase = mustOpen
		}
	}
	u.covered.addAll(&u.held)
	if u.held.count > before {
		u.lastProgress = now
		u.backoff.Reset()
	}
}

// OnOutcome takes the server's last word.
func (u *Upload) OnOutcome(outcome *wire.Outcome) {
	if u.outcome == nil {
		u.outcome = outcome
	}
}

// OnError takes that something is wrong with this message, or with a frame that may have been one of its own.
func (u *Upload) OnError(failure *wire.Error, now time.Duration) {
	u.lastError = failure
	switch {
	case failure.Code == wire.UnknownMessage:
		if u.phase == asked {
			u.begin()
		}
	case worthRepeating(failure):
		u.openInDoubt = u.openInDoubt || u.openUnanswered
		u.openUnanswered = false
		if u.phase != backoff {
			wait := time.Duration(failure.RetryAfterMs) * time.Millisecond
			if jittered := u.backoff.Next(); jittered > wait {
				wait = jittered
			}
			u.until = now + wait
			u.phase = backoff
		}
	case failure.ID != nil && u.failure == nil:
		u.failure = failure
	}
}

// OnSent notes that a Send step was carried out; sizeTold says that the chunk named the total size.
func (u *Upload) OnSent(step Step, sizeTold bool, now time.Duration) {
	if u.covered.count == u.held.count {
		u.lastHeard = now
	}
	u.sentBytes += step.Piece.To - step.Piece.From
	u.resentBytes += u.sent.within(step.Piece)
	u.sent.add(step.Piece)
	u.covered.add(step.Piece)
	u.sequence++
	u.endTold = u.endTold || step.Last || sizeTold
	u.mayBeKnown = true
}

// Next says what to do now.
func (u *Upload) Next(source Source, now time.Duration) Step {
	switch {
	case u.outcome != nil:
		return Step{Kind: Finish}
	case u.failure != nil:
		return Step{Kind: Fail, Err: u.failure}
	case now >= u.GivesUpAt():
		return Step{Kind: Fail, Err: u.NoProgress()}
	}
	switch u.phase {
	case mustOpen:
		u.phase = flowing
		u.openInDoubt = false
		u.openUnanswered = true
		u.mayBeKnown = true
		return Step{Kind: Open}
	case mustAsk:
		return u.ask(now)
	case asked, backoff:
		if now >= u.until {
			return u.ask(now)
		}
		return Step{Kind: Wait, Until: u.until}
	case flowing:
		return u.nextPiece(source, now)
	}
	return Step{Kind: Wait, Until: u.GivesUpAt()}
}

// NoProgress is the error of an upload that gives up.
func (u *Upload) NoProgress() error {
	return &NoProgressError{ID: u.id, Durable: u.Durable(), After: u.times.GiveUp, Last: u.lastError}
}

func (u *Upload) nextPiece(source Source, now time.Duration) Step {
	size := source.Available
	if source.Ended && u.held.end() > size {
		return Step{Kind: Fail, Err: &MismatchError{u.id, fmt.Sprintf("the server holds bytes up to %d, this payload has %d", u.held.end(), size)}}
	}
	gap := u.covered.firstGap()
	var piece wire.Range
	switch {
	case source.Ended && gap.From >= size && u.endTold:
		return u.waitForServer(now)
	case source.Ended && gap.From >= size:
		// All is there, yet this sender never said where the end is: an empty last chunk does.
		piece = wire.Range{From: size, To: size}
	case gap.From < source.Oldest:
		return Step{Kind: Fail, Err: &NotReplayableError{ID: u.id, Needed: gap.From, Oldest: source.Oldest}}
	default:
		// Of an endless source the byte before its end is held back: only then is it known which piece is the last.
		sendable := size
		if !source.Ended {
			sendable--
		}
		reach := min(min(u.credit, u.Durable()+u.times.MaxUnacked), sendable)
		onItsWay := u.covered.count > u.held.count
		var ok bool
		piece, ok = cut(gap, reach, source.Oldest, source, chunkLimits{u.link.MinChunk, u.link.MaxChunk}, onItsWay)
		if !ok && (onItsWay || u.credit <= gap.From) {
			return u.waitForServer(now)
		}
		if !ok {
			return u.waitForSource(now)
		}
	}
	return Step{Kind: Send, Piece: piece, Last: source.Ended && piece.To == size, Sequence: u.sequence}
}

func (u *Upload) waitForServer(now time.Duration) Step {
	if until := u.lastHeard + u.times.Ack; now < until {
		return Step{Kind: Wait, Until: until}
	}
	return u.ask(now)
}

// The server has all there is, so its clock must not run out because of a slow source: an open again keeps it alive.
func (u *Upload) waitForSource(now time.Duration) Step {
	u.lastProgress = now
	if until := u.lastHeard + u.link.Idle/3; now < until {
		return Step{Kind: Wait, Until: until}
	}
	u.lastHeard = now
	u.mayBeKnown = true
	return Step{Kind: Open}
}

func (u *Upload) ask(now time.Duration) Step {
	u.phase = asked
	u.heardMeanwhile = false
	u.until = now + u.times.Ack
	return Step{Kind: Ask}
}

func (u *Upload) begin() {
	u.held.clear()
	u.covered.clear()
	u.endTold = false
	u.credit = u.link.Window
	u.heldHere = true
	u.phase = mustOpen
}

// The bytes between two missing ranges are held. Above the last one nothing is known: the list may have been cut short.
func (u *Upload) hold(ack *wire.Ack) {
	u.held.add(wire.Range{To: ack.Durable})
	from := ack.Durable
	for _, missing := range ack.Missing {
		u.held.add(wire.Range{From: from, To: missing.From})
		from = max(from, missing.To)
	}
}

func worthRepeating(failure *wire.Error) bool {
	switch failure.Code {
	case wire.CRCMismatch, wire.NotDurable, wire.Overloaded, wire.TooManyOpen, wire.QuotaExceeded:
		return true
	}
	return failure.Retryable
}
