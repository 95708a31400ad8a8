package reassembly

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/reassembly/reassembly/src/clients/go/wire"
)

// Subscription receives the messages of a channel. It has a connection of its own, so that a slow receiver, for whom the socket is
// not read, holds up no send; it subscribes anew on every connection that replaces it. A connection that is told to go away is
// served beside its successor until it ends.
type Subscription struct {
	client   *Client
	channel  string
	options  SubscribeOptions
	keeper   *keeper
	queue    *deliveryQueue
	changes  chan struct{}
	stopping context.Context
	stop     context.CancelFunc
	ended    chan struct{} // closed when everything has ended

	mu    sync.Mutex
	links map[*socket]*link
}

// Subscribe receives the messages of a channel, each at least once, together with everyone else who receives from it: each message
// goes to one of them. Lost connections are replaced unseen, but a message in hand at that time is lost. The end of ctx ends the
// subscription, as Close does.
func (c *Client) Subscribe(ctx context.Context, channel string, opts SubscribeOptions) (*Subscription, error) {
	if channel == "" || len(channel) > 255 {
		return nil, errors.New("reassembly: a channel has 1 to 255 bytes")
	}
	if err := opts.complete(); err != nil {
		return nil, err
	}
	s := &Subscription{
		client: c, channel: channel, options: opts, queue: newDeliveryQueue(), changes: make(chan struct{}, 1),
		ended: make(chan struct{}), links: map[*socket]*link{},
	}
	s.stopping, s.stop = context.WithCancel(ctx)
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return nil, ErrClosed
	}
	c.subscriptions[s] = struct{}{}
	// Several of them begin at different endpoints, so that the nodes share the work.
	s.keeper = newKeeper(c.options, s, c.subscribed, func() { signal(s.changes) })
	c.subscribed++
	c.mu.Unlock()
	if err := s.keeper.start(s.stopping); err != nil {
		s.queue.fail(err)
		go s.run()
		s.Close()
		return nil, err
	}
	go s.run()
	return s, nil
}

// Next waits for the next message. After the end of ctx the subscription goes on.
func (s *Subscription) Next(ctx context.Context) (*Message, error) {
	d, err := s.queue.take(ctx)
	if err != nil {
		return nil, err
	}
	return newMessage(d, &s.options), nil
}

// Close ends the subscription; what is in hand is lost here and delivered again.
func (s *Subscription) Close() error {
	s.stop()
	<-s.ended
	return nil
}

func (s *Subscription) run() {
	defer close(s.ended)
	if err := s.serve(); err != nil {
		s.queue.fail(err)
	}
	s.stop()
	s.queue.fail(ErrClosed)
	s.keeper.close()
	s.client.mu.Lock()
	delete(s.client.subscriptions, s)
	s.client.mu.Unlock()
}

// serve subscribes on every new connection, until the end or until there was none for too long.
func (s *Subscription) serve() error {
	var last *socket
	lostAt := time.Now()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		current, failure := s.keeper.get()
		if current != nil {
			lostAt = time.Now()
		} else if time.Since(lostAt) >= s.client.options.giveUpAfter {
			return fmt.Errorf("gave up receiving after %v without a connection: %w", s.client.options.giveUpAfter, failure)
		}
		if current != nil && current != last {
			last = current
			s.subscribe(current)
		}
		timer.Stop()
		select {
		case <-timer.C:
		default:
		}
		timer.Reset(s.client.options.giveUpAfter)
		select {
		case <-s.changes:
		case <-timer.C:
		case <-s.stopping.Done():
			return nil
		}
	}
}

func (s *Subscription) subscribe(current *socket) {
	s.mu.Lock()
	s.links[current] = &link{socket: current, subscription: s, trailing: map[ID]bool{}}
	s.mu.Unlock()
	current.send(s.stopping, wire.Subscribe{Channel: s.channel, InFlight: s.options.InFlight})
	if current.isClosed() {
		s.onEnded(current)
	}
}

func (s *Subscription) onMessage(from *socket, message wire.ServerMessage) error {
	l := s.link(from)
	if l == nil {
		return nil
	}
	switch m := message.(type) {
	case *wire.Delivery:
		l.begin(m)
	case *wire.Error:
		switch {
		case m.ID != nil:
			l.onError(m)
		case m.Retryable:
			return m // the wait before the next connection is the wait before the next try
		case m.Scope != wire.ScopeConnection:
			s.queue.fail(fmt.Errorf("the server does not let channel %q be received: %w", s.channel, m))
		}
	}
	return nil
}

func (s *Subscription) onChunk(from *socket, frame []byte) error {
	if s.stopping.Err() != nil {
		return nil // read on, so that the end of the connection is seen
	}
	l := s.link(from)
	if l == nil {
		return errors.New("the server broke the protocol: a chunk before any subscription")
	}
	return l.take(frame)
}

func (s *Subscription) onEnded(from *socket) {
	s.mu.Lock()
	l := s.links[from]
	delete(s.links, from)
	s.mu.Unlock()
	if l != nil {
		reason, _ := from.endReason()
		l.end(reasonText(reason))
	}
}

func (s *Subscription) link(from *socket) *link {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.links[from]
}
