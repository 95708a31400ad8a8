package reassembly

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/reassembly/reassembly/src/clients/go/internal/upload"
	"github.com/reassembly/reassembly/src/clients/go/wire"
)

// send runs one upload in the goroutine of Send: feeds it what arrives, does what it says next, until the message has its outcome.
type send struct {
	client      *Client
	open        wire.Open
	source      source
	inbox       *inbox
	upload      *upload.Upload
	progress    func(Progress)
	started     time.Time
	timer       *time.Timer
	socket      *socket // the connection that is used, possibly gone
	halfGrace   time.Time
	connections int
	chunks      int64
	lossTold    *socket
}

func newSend(c *Client, opts SendOptions) *send {
	times := upload.Times{Ack: c.options.ackTimeout, GiveUp: c.options.giveUpAfter, MaxUnacked: c.options.maxUnacked}
	backoff := upload.Backoff{Base: c.options.backoffBase, Cap: c.options.backoffCap}
	open := opts.message()
	return &send{
		client: c, open: open, inbox: newInbox(), progress: opts.Progress, started: time.Now(),
		upload: upload.New(open.ID, opts.ID != (ID{}), times, backoff, 0),
	}
}

func (s *send) now() time.Duration { return time.Since(s.started) }

func (s *send) run(ctx context.Context) (Outcome, error) {
	s.timer = time.NewTimer(time.Hour)
	defer s.timer.Stop()
	for {
		if s.client.ctx.Err() != nil {
			return Outcome{}, ErrClosed
		}
		if ctx.Err() != nil {
			s.abort()
			return Outcome{}, ctx.Err()
		}
		s.takeInbox()
		s.move()
		done, err := s.step(ctx)
		if done && err == nil {
			return s.finish(ctx)
		}
		if err != nil && !errors.Is(err, errLost) && ctx.Err() == nil {
			return Outcome{}, err
		}
	}
}

// step does the next thing and tells whether the outcome is there.
func (s *send) step(ctx context.Context) (done bool, err error) {
	if s.upload.Outcome() != nil {
		return true, nil
	}
	if s.socket == nil || s.socket.isClosed() {
		s.tellLoss()
		return false, s.waitForConnection(ctx)
	}
	if next, _ := s.client.keeper.get(); next != nil && next != s.socket {
		// The server asked to leave: nothing new is sent over this connection.
		return false, s.wait(ctx, s.now()+50*time.Millisecond)
	}
	view, err := s.source.view()
	if err != nil {
		s.abort()
		return false, err
	}
	step := s.upload.Next(view, s.now())
	switch step.Kind {
	case upload.Finish:
		return true, nil
	case upload.Fail:
		return false, step.Err
	case upload.Open:
		return false, s.socket.send(ctx, s.open)
	case upload.Ask:
		return false, s.socket.send(ctx, wire.Status{ID: s.open.ID})
	case upload.Send:
		return false, s.sendChunk(ctx, step, view)
	}
	return false, s.wait(ctx, step.Until)
}

func (s *send) sendChunk(ctx context.Context, step upload.Step, view upload.Source) error {
	chunk := newFrame(step.Piece.From, step.Piece.To-step.Piece.From)
	if err := s.source.fill(chunk); err != nil {
		chunk.release()
		s.abort()
		return err
	}
	header := wire.Header{Sequence: step.Sequence, ID: s.open.ID, Offset: step.Piece.From, TotalSize: wire.UnknownSize, Last: step.Last}
	if view.Ended {
		header.TotalSize = uint64(view.Available)
	}
	wire.PutHeader(chunk.bytes, header)
	if err := s.socket.sendChunk(ctx, chunk); err != nil {
		chunk.release()
		return err
	}
	s.upload.OnSent(step, view.Ended, s.now())
	s.chunks++
	return nil
}

// move takes the keeper's connection, if it is another one and nothing is left to wait for on the old one.
func (s *send) move() {
	next, _ := s.client.keeper.get()
	if next == nil || next == s.socket {
		return
	}
	if s.socket != nil && !s.socket.isClosed() && !s.upload.Quiet() && !s.isGraceHalfOver() {
		return
	}
	s.tellLoss()
	s.socket, s.halfGrace = next, time.Time{}
	s.connections++
	s.upload.Attach(s.link(), s.now())
}

// tellLoss reports once that a connection was lost, and why.
func (s *send) tellLoss() {
	if s.socket != nil && s.socket.isClosed() && s.lossTold != s.socket {
		s.lossTold = s.socket
		reason, _ := s.socket.endReason()
		s.report(errors.New(reasonText(reason)))
	}
}

func (s *send) isGraceHalfOver() bool {
	if !s.socket.isLeaving() {
		return true
	}
	if s.halfGrace.IsZero() {
		s.halfGrace = time.Now().Add(time.Duration(s.socket.goAway.GraceMs) * time.Millisecond / 2)
	}
	return !time.Now().Before(s.halfGrace)
}

func (s *send) link() upload.Link {
	limits := s.socket.welcome.Limits
	largest := s.client.keeper.maxFrame(limits.FrameBytes) - wire.HeaderBytes
	if own := s.client.options.chunkBytes; own > 0 && own < largest {
		largest = own
	}
	smallest := limits.MinChunkBytes
	if smallest < 1 {
		smallest = 1
	}
	if largest < smallest {
		largest = smallest
	}
	return upload.Link{MinChunk: smallest, MaxChunk: largest, Window: limits.WindowBytes, Idle: time.Duration(limits.IdleSeconds) * time.Second}
}

func (s *send) takeInbox() {
	durable := s.upload.Durable()
	for _, letter := range s.inbox.take() {
		current := letter.from == s.socket
		switch message := letter.message.(type) {
		case *wire.Ack:
			s.upload.OnAck(message, current, s.now())
		case *wire.Outcome:
			s.upload.OnOutcome(message)
		case *wire.Error:
			if current {
				s.takeError(message)
			}
		}
	}
	if s.upload.Durable() > durable {
		s.source.release(s.upload.Durable())
		s.report(nil)
	}
}

// A hop that refuses a frame as too big gets smaller ones from now on: as small as it says, or half.
func (s *send) takeError(failure *Error) {
	if failure.Code == wire.FrameTooBig {
		before, largest := s.link().MaxChunk, s.socket.largest()
		allowed := largest / 2
		if failure.Limit != nil && failure.Limit.Max > wire.HeaderBytes && failure.Limit.Max < largest {
			allowed = failure.Limit.Max
		}
		s.client.keeper.lowerFrameCap(allowed)
		if s.link().MaxChunk < before || largest > before+wire.HeaderBytes {
			narrowed := *failure
			narrowed.Retryable = true
			failure = &narrowed
			s.upload.Narrow(s.link())
		}
	}
	s.upload.OnError(failure, s.now())
	if failure.Code != wire.UnknownMessage { // which is an answer, and no trouble
		s.report(failure)
	}
}

func (s *send) waitForConnection(ctx context.Context) error {
	next, failure := s.client.keeper.get()
	if s.now() >= s.upload.GivesUpAt() {
		if next == nil && failure != nil {
			return fmt.Errorf("gave up after %v without a connection: %w", s.client.options.giveUpAfter, failure)
		}
		return s.upload.NoProgress()
	}
	if next != nil {
		return nil
	}
	return s.wait(ctx, s.upload.GivesUpAt())
}

func (s *send) wait(ctx context.Context, until time.Duration) error {
	if earliest := s.upload.GivesUpAt(); earliest < until {
		until = earliest
	}
	if !s.timer.Stop() {
		select {
		case <-s.timer.C:
		default:
		}
	}
	s.timer.Reset(until - s.now() + time.Millisecond)
	select {
	case <-s.inbox.wakes:
	case <-s.timer.C:
	case <-ctx.Done():
	case <-s.client.ctx.Done():
	}
	return nil
}

func (s *send) finish(ctx context.Context) (Outcome, error) {
	outcome := s.upload.Outcome()
	if outcome.State != wire.Committed {
		return Outcome{}, &OutcomeError{ID: outcome.ID, State: outcome.State, Err: outcome.Error}
	}
	size, digest, err := s.source.digest(ctx, outcome.Size)
	if err != nil {
		return Outcome{}, err
	}
	if digest == "" {
		digest = outcome.SHA256
	}
	if digest == "" {
		digest = s.open.SHA256
	}
	if (outcome.Size >= 0 && outcome.Size != size) || (outcome.SHA256 != "" && outcome.SHA256 != digest) ||
		(s.open.SHA256 != "" && s.open.SHA256 != digest) {
		reason := fmt.Sprintf("committed with %d bytes and SHA-256 %s; this payload has %d bytes and %s", outcome.Size, outcome.SHA256, size, digest)
		return Outcome{}, &MismatchError{ID: s.open.ID, Reason: reason}
	}
	return Outcome{
		ID: s.open.ID, Size: size, SHA256: digest, SentBytes: s.upload.SentBytes(), ResentBytes: s.upload.ResentBytes(),
		Chunks: s.chunks, Connections: s.connections,
	}, nil
}

// abort tells the server that this message is given up, without waiting for its answer. Where there is no connection, or no room in
// its queue for a second, the message expires at the server.
func (s *send) abort() {
	if s.socket == nil || !s.upload.MayBeKnown() {
		return
	}
	soon, cancel := context.WithTimeout(s.client.ctx, time.Second)
	defer cancel()
	s.socket.send(soon, wire.Abort{ID: s.open.ID})
}

func (s *send) report(err error) {
	if s.progress == nil {
		return
	}
	size := int64(-1)
	if s.open.Size != nil {
		size = *s.open.Size
	} else if view, viewErr := s.source.view(); viewErr == nil && view.Ended {
		size = view.Available
	}
	s.progress(Progress{
		ID: s.open.ID, Size: size, Durable: s.upload.Durable(), SentBytes: s.upload.SentBytes(), Connections: s.connections, Err: err,
	})
}
