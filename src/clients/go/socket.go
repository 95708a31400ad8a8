package reassembly

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"github.com/reassembly/reassembly/src/clients/go/wire"
)

const (
	signOfLife = 5 * time.Second  // the writer sends a ping so often; a server that looks out for its clients hears it
	patience   = 30 * time.Second // a server that says nothing for so long, not even a pong, is gone

	closeFrameWait = time.Second // how long after a failed write a close frame may be read
)

// listener hears what the reader of a connection reads, in its goroutine.
type listener interface {
	// onMessage takes a control message. An error ends the connection.
	onMessage(s *socket, message wire.ServerMessage) error
	// onChunk takes a binary message, whose bytes are the reader's again afterwards. It may wait; then nothing is read.
	onChunk(s *socket, frame []byte) error
	// onEnded is the last call.
	onEnded(s *socket)
}

// socket is one WebSocket. gorilla/websocket allows one goroutine that writes and one that reads at a time: these two are write
// and read; everybody else hands over to the queue of the writer. A write is never cancelled by whoever asked for it, since a
// WebSocket that stops in the middle of a frame is lost for everybody; it ends when the connection does.
type socket struct {
	ws       *websocket.Conn
	url      string
	listener listener
	welcome  *wire.Welcome
	buffer   []byte

	queue     chan outgoing
	pongs     chan string
	closing   chan struct{} // closed to end both goroutines
	ended     chan struct{} // closed when both have ended
	goingAway chan struct{} // closed at goaway
	goAway    *wire.GoAway  // set before goingAway is closed

	once         sync.Once
	mu           sync.Mutex
	reason       error
	asTooBig     bool // a hop ended it because a message was too big for it
	served       int32
	largestFrame int64
}

// outgoing is a chunk, a control message, or, with neither, the close frame.
type outgoing struct {
	chunk   *frame
	control wire.ClientMessage
	written chan<- error
}

func newSocket(ws *websocket.Conn, url string, receiveFrameBytes int, l listener) *socket {
	s := &socket{
		ws: ws, url: url, listener: l, buffer: make([]byte, receiveFrameBytes),
		queue: make(chan outgoing, 4), pongs: make(chan string, 1),
		closing: make(chan struct{}), ended: make(chan struct{}), goingAway: make(chan struct{}),
	}
	ws.SetReadLimit(int64(receiveFrameBytes))
	ws.SetPongHandler(func(string) error { return ws.SetReadDeadline(time.Now().Add(patience)) })
	ws.SetPingHandler(func(payload string) error {
		// Only the newest ping needs an answer. Written by the writer: gorilla's own handler gives a full socket one second, and
		// breaks the connection after that.
		select {
		case <-s.pongs:
		default:
		}
		select {
		case s.pongs <- payload:
		default:
		}
		return nil
	})
	return s
}

// greet says hello and waits for welcome; the connection is dead after an error.
func (s *socket) greet(clientName string, deadline time.Time) error {
	hello := wire.ClientText(wire.Hello{ReceiveFrameBytes: len(s.buffer), Client: clientName})
	if err := s.ws.WriteMessage(websocket.TextMessage, hello); err != nil {
		return err
	}
	s.ws.SetReadDeadline(deadline)
	kind, text, err := s.ws.ReadMessage()
	if err != nil {
		return err
	}
	var first wire.ServerMessage
	if kind == websocket.TextMessage {
		first, _ = wire.ReadServer(text)
	}
	switch message := first.(type) {
	case *wire.Welcome:
		s.welcome = message
		return nil
	case *wire.Error:
		return message
	}
	return fmt.Errorf("the server does not speak %s: its first message is not welcome", wire.Subprotocol)
}

// start begins to read and write.
func (s *socket) start() {
	var both sync.WaitGroup
	both.Add(2)
	go func() {
		defer both.Done()
		reason := s.write()
		// A write fails as soon as the server has closed; why it did, the reader finds in the close frame.
		timer := time.NewTimer(closeFrameWait)
		defer timer.Stop()
		select {
		case <-s.closing:
		case <-timer.C:
		}
		s.end(reason)
	}()
	go func() {
		defer both.Done()
		s.end(s.read())
	}()
	go func() {
		both.Wait()
		s.listener.onEnded(s)
		close(s.ended)
	}()
}

// end closes the connection at once; the first reason stays.
func (s *socket) end(reason error) {
	s.once.Do(func() {
		s.mu.Lock()
		s.reason = reason
		s.asTooBig = websocket.IsCloseError(reason, websocket.CloseMessageTooBig)
		s.mu.Unlock()
		close(s.closing)
		s.ws.Close()
	})
}

// finish ends the connection after all that is queued was written, and lets the server say that it has read it.
func (s *socket) finish(wait time.Duration) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case s.queue <- outgoing{}:
		select {
		case <-s.closing:
		case <-timer.C:
		}
	case <-s.closing:
	case <-timer.C:
	}
	s.end(ErrClosed)
	<-s.ended
}

// send queues a control message.
func (s *socket) send(ctx context.Context, message wire.ClientMessage) error {
	return s.enqueue(ctx, outgoing{control: message})
}

// sendNow queues a control message and waits until it is written.
func (s *socket) sendNow(ctx context.Context, message wire.ClientMessage) error {
	written := make(chan error, 1)
	if err := s.enqueue(ctx, outgoing{control: message, written: written}); err != nil {
		return err
	}
	select {
	case err := <-written:
		return err
	case <-s.ended:
		select {
		case err := <-written:
			return err
		default:
			return errLost
		}
	case <-ctx.Done():
		return ctx.Err()
	}
}

// sendChunk queues a frame, whose user the queue then is. Those who wait for room in the queue are served in the order in which they
// came, so the sends of a client share its connection chunk by chunk.
func (s *socket) sendChunk(ctx context.Context, chunk *frame) error {
	return s.enqueue(ctx, outgoing{chunk: chunk})
}

func (s *socket) enqueue(ctx context.Context, what outgoing) error {
	select {
	case <-s.closing:
		return errLost
	default:
	}
	select { // where there is room, the time does not count
	case s.queue <- what:
		return nil
	default:
	}
	select {
	case s.queue <- what:
		return nil
	case <-s.closing:
		return errLost
	case <-ctx.Done():
		return ctx.Err()
	}
}

// isClosed tells whether nothing can be sent any more.
func (s *socket) isClosed() bool {
	select {
	case <-s.closing:
		return true
	default:
		return false
	}
}

func (s *socket) isLeaving() bool {
	select {
	case <-s.goingAway:
		return true
	default:
		return false
	}
}

// endReason says why the connection is gone.
func (s *socket) endReason() (reason error, asTooBig bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reason, s.asTooBig
}

func (s *socket) largest() int64 { return atomic.LoadInt64(&s.largestFrame) }

func (s *socket) noteServed()     { atomic.StoreInt32(&s.served, 1) }
func (s *socket) hasServed() bool { return atomic.LoadInt32(&s.served) != 0 }
