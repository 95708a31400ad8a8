package reassembly

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/reassembly/reassembly/src/clients/go/wire"
)

// openSocket goes from an address to a connection that has said hello and heard welcome, within the connect timeout.
func openSocket(ctx context.Context, o *options, url string, l listener) (*socket, error) {
	deadline := time.Now().Add(o.connectTimeout)
	attempt, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	dialer, watch := watchedDialer(o)
	stop := watch.closeWhenDone(attempt)
	defer stop()

	ws, response, err := dialer.DialContext(attempt, url, o.header)
	if err != nil {
		return nil, connectError(ctx, attempt, url, response, err)
	}
	if ws.Subprotocol() != wire.Subprotocol {
		ws.Close()
		return nil, &ConnectError{URL: url, Final: true, Err: fmt.Errorf("the server does not speak %s: it did not echo the subprotocol", wire.Subprotocol)}
	}
	s := newSocket(ws, url, o.receiveFrameBytes, l)
	if err := s.greet(o.clientName, deadline); err != nil {
		ws.Close()
		return nil, connectError(ctx, attempt, url, nil, err)
	}
	stop()
	if attempt.Err() != nil {
		ws.Close()
		return nil, connectError(ctx, attempt, url, nil, attempt.Err())
	}
	return s, nil
}

func connectError(ctx, attempt context.Context, url string, response *http.Response, err error) error {
	var refused *Error
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case attempt.Err() != nil || errors.Is(err, os.ErrDeadlineExceeded):
		return &ConnectError{URL: url, Err: fmt.Errorf("no answer in time: %w", err)}
	case errors.As(err, &refused):
		return &ConnectError{URL: url, Final: !refused.Retryable, Err: err}
	case response != nil:
		// An answer of 4xx is a decision, not an accident; two of them say "later".
		final := response.StatusCode/100 == 4 && response.StatusCode != http.StatusRequestTimeout && response.StatusCode != http.StatusTooManyRequests
		return &ConnectError{URL: url, Final: final, Err: fmt.Errorf("%w: %s", err, response.Status)}
	case strings.Contains(err.Error(), "malformed ws or wss URL"):
		return &ConnectError{URL: url, Final: true, Err: err}
	}
	return &ConnectError{URL: url, Err: err}
}

// connWatch knows the connection of a dial, because gorilla looks at the context only until TCP is connected.
type connWatch struct {
	mu   sync.Mutex
	conn net.Conn
}

func watchedDialer(o *options) (*websocket.Dialer, *connWatch) {
	dialer := websocket.Dialer{Proxy: http.ProxyFromEnvironment}
	if o.dialer != nil {
		dialer = *o.dialer
	}
	dialer.Subprotocols = []string{wire.Subprotocol}
	if dialer.WriteBufferSize == 0 {
		dialer.WriteBufferSize = 65_536 // a usual chunk is one frame and one write; gorilla cuts what is larger into several
	}
	if dialer.ReadBufferSize == 0 {
		dialer.ReadBufferSize = 16_384
	}
	watch := &connWatch{}
	dial := dialer.NetDialContext
	if old := dialer.NetDial; dial == nil && old != nil {
		dial = func(_ context.Context, network, address string) (net.Conn, error) { return old(network, address) }
	}
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	}
	dialer.NetDialContext = watch.around(dial)
	if dialer.NetDialTLSContext != nil {
		dialer.NetDialTLSContext = watch.around(dialer.NetDialTLSContext)
	}
	return &dialer, watch
}

type dialFunc = func(ctx context.Context, network, address string) (net.Conn, error)

func (w *connWatch) around(dial dialFunc) dialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err == nil {
			w.mu.Lock()
			w.conn = conn
			w.mu.Unlock()
		}
		return conn, err
	}
}

// closeWhenDone closes the connection at the end of ctx, unless stopped before.
func (w *connWatch) closeWhenDone(ctx context.Context) (stop func()) {
	quit, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		select {
		case <-quit:
		case <-ctx.Done():
			w.mu.Lock()
			defer w.mu.Unlock()
			if w.conn != nil {
				w.conn.Close()
			}
		}
	}()
	var once sync.Once
	return func() {
		once.Do(func() { close(quit) })
		<-ended
	}
}
