package reassembly

import (
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"github.com/reassembly/reassembly/src/clients/go/wire"
)

// The two goroutines of a connection: the only one that writes, and the only one that reads.

func (s *socket) write() error {
	alive := time.NewTicker(signOfLife)
	defer alive.Stop()
	for {
		var err error
		select {
		case payload := <-s.pongs:
			err = s.ws.WriteMessage(websocket.PongMessage, []byte(payload))
		case <-alive.C:
			err = s.ws.WriteMessage(websocket.PingMessage, nil)
		case <-s.closing:
			return errLost
		case what := <-s.queue:
			err = s.writeOne(what)
		}
		if err != nil {
			return err
		}
	}
}

func (s *socket) writeOne(what outgoing) (err error) {
	switch {
	case what.chunk != nil:
		if size := int64(len(what.chunk.bytes)); size > atomic.LoadInt64(&s.largestFrame) {
			atomic.StoreInt64(&s.largestFrame, size)
		}
		err = s.ws.WriteMessage(websocket.BinaryMessage, what.chunk.bytes)
		what.chunk.release()
	case what.control != nil:
		err = s.ws.WriteMessage(websocket.TextMessage, wire.ClientText(what.control))
	default:
		err = s.ws.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""))
		if err == nil {
			<-s.closing // the reader waits for the server's close
			err = ErrClosed
		}
	}
	if what.written != nil {
		what.written <- err
	}
	return err
}

func (s *socket) read() error {
	for {
		kind, message, err := s.readMessage()
		if err == nil && kind == websocket.BinaryMessage {
			err = s.listener.onChunk(s, message)
		} else if err == nil {
			err = s.take(message)
		}
		if err != nil {
			return err
		}
	}
}

// readMessage reads one WebSocket message into the buffer. The time between two pieces counts, not that for the whole.
func (s *socket) readMessage() (kind int, message []byte, err error) {
	s.ws.SetReadDeadline(time.Now().Add(patience))
	kind, reader, err := s.ws.NextReader()
	length := 0
	for err == nil && length < len(s.buffer) {
		var n int
		n, err = reader.Read(s.buffer[length:])
		length += n
		s.ws.SetReadDeadline(time.Now().Add(patience))
	}
	if err == io.EOF || err == nil {
		return kind, s.buffer[:length], nil
	}
	return 0, nil, err
}

func (s *socket) take(text []byte) error {
	message, err := wire.ReadServer(text)
	if err != nil {
		return nil // a server newer than this client may say things that it does not know: those are for newer clients
	}
	switch m := message.(type) {
	case *wire.GoAway:
		if !s.isLeaving() {
			s.goAway = m
			close(s.goingAway)
		}
		return nil
	case *wire.Error:
		if m.Scope == wire.ScopeConnection {
			s.listener.onMessage(s, message)
			return m
		}
	case *wire.Ack, *wire.Outcome:
		s.noteServed()
	}
	return s.listener.onMessage(s, message)
}

// reasonText is why a connection ended, for a person.
func reasonText(err error) string {
	var closed *websocket.CloseError
	switch {
	case err == nil:
		return "the connection was closed"
	case errors.As(err, &closed) && closed.Text != "":
		return fmt.Sprintf("the server closed the connection with %d (%s)", closed.Code, closed.Text)
	case errors.As(err, &closed):
		return fmt.Sprintf("the server closed the connection with %d", closed.Code)
	}
	return err.Error()
}
