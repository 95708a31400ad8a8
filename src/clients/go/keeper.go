package reassembly

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/reassembly/reassembly/src/clients/go/internal/upload"
)

// keeper keeps one usable connection. A lost one is replaced after a jittered wait, round robin over all endpoints. One that says
// goaway stays current until its successor has heard welcome; then it is left open for the acks of what is still on its way, until
// its server closes it or its grace time is over.
type keeper struct {
	options  *options
	listener listener
	changed  func() // called whenever current or failure has changed
	backoff  upload.Backoff
	next     int
	stopping context.Context
	stop     context.CancelFunc
	running  sync.WaitGroup

	mu       sync.Mutex
	current  *socket
	failure  error
	frameCap int64 // largest frame that got through all hops so far; 0 while nothing is known
}

func newKeeper(o *options, l listener, first int, changed func()) *keeper {
	k := &keeper{
		options: o, listener: l, changed: changed, next: first % len(o.endpoints),
		backoff: upload.Backoff{Base: o.backoffBase, Cap: o.backoffCap},
	}
	k.stopping, k.stop = context.WithCancel(context.Background())
	return k
}

// start makes the first connection.
func (k *keeper) start(ctx context.Context) error {
	started, refusals := time.Now(), 0
	for {
		s, err := k.open(ctx)
		if err == nil {
			k.running.Add(1)
			go k.keep(s)
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if refusals++; !isFinal(err) {
			refusals = 0
		}
		if refusals >= len(k.options.endpoints) || time.Since(started) >= k.options.giveUpAfter {
			return err
		}
		if sleep(ctx, k.backoff.Next()) != nil {
			return fmt.Errorf("%w; the last attempt: %v", ctx.Err(), err)
		}
	}
}

// get gives the current connection, or nil and why there is none.
func (k *keeper) get() (*socket, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.current == nil || k.current.isClosed() {
		return nil, k.failure
	}
	return k.current, nil
}

// maxFrame gives the largest frame that may be sent where the server takes so much.
func (k *keeper) maxFrame(server int64) int64 {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.frameCap > 0 && k.frameCap < server {
		return k.frameCap
	}
	return server
}

// lowerFrameCap notes that a hop refused a larger frame.
func (k *keeper) lowerFrameCap(frameBytes int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.frameCap == 0 || frameBytes < k.frameCap {
		k.frameCap = frameBytes
	}
}

func (k *keeper) close() {
	k.stop()
	k.running.Wait()
	k.mu.Lock()
	last := k.current
	k.mu.Unlock()
	if last != nil {
		last.finish(k.options.goodbye)
	}
}

func (k *keeper) open(ctx context.Context) (*socket, error) {
	url := k.options.endpoints[k.next]
	k.next = (k.next + 1) % len(k.options.endpoints)
	s, err := openSocket(ctx, k.options, url, k.listener)
	k.mu.Lock()
	if err == nil {
		k.current = s
		s.start()
	} else {
		k.failure = err
	}
	k.mu.Unlock()
	k.changed()
	return s, err
}

func (k *keeper) keep(s *socket) {
	defer k.running.Done()
	for {
		select {
		case <-k.stopping.Done():
			return
		case <-s.ended:
		case <-s.goingAway:
		}
		k.noteEnd(s)
		k.changed()
		successor := k.reopen()
		if successor == nil {
			return
		}
		k.running.Add(1)
		go k.leave(s)
		s = successor
	}
}

func (k *keeper) noteEnd(s *socket) {
	if s.hasServed() {
		k.backoff.Reset()
	}
	if !s.isClosed() {
		return
	}
	reason, asTooBig := s.endReason()
	k.mu.Lock()
	k.failure = &ConnectError{URL: s.url, Err: errors.New(reasonText(reason))}
	k.mu.Unlock()
	if largest := s.largest(); asTooBig && largest > 0 {
		k.lowerFrameCap(largest / 2)
	}
}

func (k *keeper) reopen() *socket {
	for sleep(k.stopping, k.backoff.Next()) == nil {
		if s, err := k.open(k.stopping); err == nil {
			return s
		}
	}
	return nil
}

func (k *keeper) leave(s *socket) {
	defer k.running.Done()
	grace := time.Duration(0)
	if s.isLeaving() {
		grace = time.Duration(s.goAway.GraceMs) * time.Millisecond
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-s.ended:
	case <-timer.C:
	case <-k.stopping.Done():
	}
	s.finish(k.options.goodbye)
}

func isFinal(err error) bool {
	var connect *ConnectError
	return errors.As(err, &connect) && connect.Final
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
