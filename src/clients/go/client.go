package reassembly

import (
	"context"
	"fmt"
	"io"
	"sync"

	"github.com/reassembly/reassembly/src/clients/go/wire"
)

// Client sends and receives. Make it with Dial, end it with Close.
type Client struct {
	options *options
	keeper  *keeper
	ctx     context.Context // ends with the client
	cancel  context.CancelFunc

	mu            sync.Mutex
	inboxes       map[ID]*inbox
	subscriptions map[*Subscription]struct{}
	subscribed    int
	closed        bool
}

// Dial connects to ws://HOST/ws, or wss, and waits for the server's welcome. Until that it tries again, until ctx ends, the give-up
// time is over or every endpoint has refused for good. ctx has no bearing on the client afterwards.
func Dial(ctx context.Context, url string, opts ...Option) (*Client, error) {
	o, err := newOptions(url, opts)
	if err != nil {
		return nil, err
	}
	c := &Client{options: o, inboxes: map[ID]*inbox{}, subscriptions: map[*Subscription]struct{}{}}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	c.keeper = newKeeper(o, c, 0, c.wakeAll)
	if err := c.keeper.start(ctx); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// Send sends a payload and returns once the server has committed it (see SendOptions.CheckDigest for what is
// compared with it here).
//
// A reader that is also an io.Seeker (*os.File of a regular file, *bytes.Reader, *io.SectionReader) is read from where it stands to
// its end, through ReadAt where it has one, and may be gone back to; its size is known from the start. For an io.ReaderAt and a size
// give io.NewSectionReader(at, 0, size). Any other reader is read once, by a goroutine that runs ahead by at most WithMaxUnackedBytes
// and keeps what is not durable; should Send return early, a Read may still be under way.
//
// When ctx ends, the server is told that the message is given up.
func (c *Client) Send(ctx context.Context, payload io.Reader, opts SendOptions) (Outcome, error) {
	if err := opts.validate(); err != nil {
		return Outcome{}, err
	}
	if err := ctx.Err(); err != nil {
		return Outcome{}, err
	}
	at, size, canGoBack, err := findPlaced(payload)
	if err != nil {
		return Outcome{}, err
	}
	send := newSend(c, opts)
	if err := c.addInbox(send.open.ID, send.inbox); err != nil {
		return Outcome{}, err
	}
	defer c.removeInbox(send.open.ID)
	switch {
	case opts.Gzip:
		send.source = newWindow(newCompressing(payload), c.options.maxUnacked, opts.hashedBytes(), send.inbox.wake)
	case canGoBack:
		send.source = newPlaced(at, size, opts.hashedBytes())
		send.open.Size = &size
	default:
		send.source = newWindow(payload, c.options.maxUnacked, opts.hashedBytes(), send.inbox.wake)
	}
	defer send.source.stop()
	return send.run(ctx)
}

// Limits gives what the server of the current connection takes; waits while there is none.
func (c *Client) Limits(ctx context.Context) (Limits, error) {
	in := newInbox()
	id := NewID() // no message: woken by changes of the connection only
	if err := c.addInbox(id, in); err != nil {
		return Limits{}, err
	}
	defer c.removeInbox(id)
	for {
		if s, _ := c.keeper.get(); s != nil {
			return s.welcome.Limits, nil
		}
		select {
		case <-in.wakes:
		case <-ctx.Done():
			return Limits{}, ctx.Err()
		case <-c.ctx.Done():
			return Limits{}, ErrClosed
		}
	}
}

// Close ends all sends and subscriptions and says goodbye to the server. What is in hand of a subscription is delivered again.
func (c *Client) Close() error {
	c.mu.Lock()
	c.closed = true
	var open []*Subscription
	for subscription := range c.subscriptions {
		open = append(open, subscription)
	}
	c.mu.Unlock()
	c.cancel()
	var all sync.WaitGroup
	for _, subscription := range open {
		all.Add(1)
		go func(subscription *Subscription) {
			defer all.Done()
			subscription.Close()
		}(subscription)
	}
	c.keeper.close()
	all.Wait()
	return nil
}

func (c *Client) addInbox(id ID, in *inbox) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return ErrClosed
	}
	if _, there := c.inboxes[id]; there {
		return fmt.Errorf("reassembly: this client is sending message %v already", id)
	}
	c.inboxes[id] = in
	return nil
}

func (c *Client) removeInbox(id ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.inboxes, id)
}

func (c *Client) wakeAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, in := range c.inboxes {
		in.wake()
	}
}

func (c *Client) onMessage(s *socket, message wire.ServerMessage) error {
	var about *ID
	switch m := message.(type) {
	case *wire.Ack:
		about = &m.ID
	case *wire.Outcome:
		about = &m.ID
	case *wire.Error:
		about = m.ID
	default:
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, in := range c.inboxes {
		// An error that names no message may be about a frame of any of them: each has to find out.
		if about == nil || *about == id {
			in.post(s, message)
		}
	}
	return nil
}

func (c *Client) onChunk(*socket, []byte) error { return nil } // nothing was subscribed to here

func (c *Client) onEnded(*socket) {} // the keeper sees to it, and wakes all

// inbox is what the readers of connections have for one send. It does not lose what they post, and they do not wait for it.
type inbox struct {
	mu    sync.Mutex
	mail  []letter
	wakes chan struct{}
}

type letter struct {
	from    *socket
	message wire.ServerMessage
}

func newInbox() *inbox { return &inbox{wakes: make(chan struct{}, 1)} }

func (in *inbox) wake() {
	select {
	case in.wakes <- struct{}{}:
	default:
	}
}

func (in *inbox) post(from *socket, message wire.ServerMessage) {
	in.mu.Lock()
	in.mail = append(in.mail, letter{from, message})
	in.mu.Unlock()
	in.wake()
}

func (in *inbox) take() []letter {
	in.mu.Lock()
	defer in.mu.Unlock()
	mail := in.mail
	in.mail = nil
	return mail
}
