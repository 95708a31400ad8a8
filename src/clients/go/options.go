package reassembly

import (
	"fmt"
	"net/http"
	"time"

	"github.com/gorilla/websocket"
)

// Option sets how a Client behaves.
type Option func(*options)

type options struct {
	endpoints         []string
	dialer            *websocket.Dialer
	header            http.Header
	clientName        string
	receiveFrameBytes int
	chunkBytes        int64
	maxUnacked        int64
	connectTimeout    time.Duration
	ackTimeout        time.Duration
	giveUpAfter       time.Duration
	backoffBase       time.Duration
	backoffCap        time.Duration
	goodbye           time.Duration // how long the end of a connection may take
}

func newOptions(url string, set []Option) (*options, error) {
	o := &options{
		endpoints:         []string{url},
		clientName:        "reassembly-go/0.1",
		receiveFrameBytes: 65_536,
		maxUnacked:        8 << 20,
		connectTimeout:    10 * time.Second,
		ackTimeout:        5 * time.Second,
		giveUpAfter:       2 * time.Minute,
		backoffBase:       100 * time.Millisecond,
		backoffCap:        10 * time.Second,
		goodbye:           5 * time.Second,
	}
	for _, option := range set {
		option(o)
	}
	switch {
	case len(o.clientName) == 0 || len(o.clientName) > 255:
		return nil, fmt.Errorf("reassembly: the client name must have 1 to 255 bytes")
	case o.receiveFrameBytes < 256:
		return nil, fmt.Errorf("reassembly: receive frames must have at least 256 bytes")
	case o.maxUnacked < 65_536:
		return nil, fmt.Errorf("reassembly: at least 65536 bytes must be allowed to be on their way")
	case o.connectTimeout <= 0 || o.ackTimeout <= 0 || o.giveUpAfter <= 0 || o.backoffBase <= 0 || o.backoffCap < o.backoffBase:
		return nil, fmt.Errorf("reassembly: times must be above zero, and the longest backoff not below the first")
	}
	return o, nil
}

// WithEndpoints names further nodes; connections go to all of them in turn.
func WithEndpoints(urls ...string) Option {
	return func(o *options) { o.endpoints = append(o.endpoints, urls...) }
}

// WithDialer replaces the dialer: TLS, proxy, buffers. Its Subprotocols and Jar stay unused; it is copied.
func WithDialer(dialer *websocket.Dialer) Option { return func(o *options) { o.dialer = dialer } }

// WithHeader adds to the headers of the upgrade request, such as Authorization.
func WithHeader(header http.Header) Option { return func(o *options) { o.header = header } }

// WithClientName sets what the server logs as this client; reassembly-go/0.1 unless set.
func WithClientName(name string) Option { return func(o *options) { o.clientName = name } }

// WithReceiveFrameBytes sets the largest WebSocket message that this client accepts; 65536 unless set, at least 256.
func WithReceiveFrameBytes(n int) Option { return func(o *options) { o.receiveFrameBytes = n } }

// WithChunkBytes sends smaller chunks than the server takes, for a hop between that takes less. A frame has 48 bytes more, and
// no chunk is smaller than the server's minChunkBytes.
func WithChunkBytes(n int64) Option { return func(o *options) { o.chunkBytes = n } }

// WithMaxUnackedBytes bounds what of one message is on its way and not durable, and so what a Send keeps of a plain reader;
// 8 MiB unless set.
func WithMaxUnackedBytes(n int64) Option { return func(o *options) { o.maxUnacked = n } }

// WithConnectTimeout bounds one attempt to connect, welcome included; 10 s unless set.
func WithConnectTimeout(d time.Duration) Option { return func(o *options) { o.connectTimeout = d } }

// WithAckTimeout sets after how much silence about bytes on their way the server is asked; 5 s unless set.
func WithAckTimeout(d time.Duration) Option { return func(o *options) { o.ackTimeout = d } }

// WithGiveUpAfter sets how long a send goes on while nothing becomes durable, and a subscription without a connection; 2 minutes
// unless set.
func WithGiveUpAfter(d time.Duration) Option { return func(o *options) { o.giveUpAfter = d } }

// WithBackoff sets the first and the longest wait before connecting again; 100 ms and 10 s unless set. The waits are random up
// to that.
func WithBackoff(first, longest time.Duration) Option {
	return func(o *options) { o.backoffBase, o.backoffCap = first, longest }
}
