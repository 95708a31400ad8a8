package reassembly

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"github.com/reassembly/reassembly/src/clients/go/wire"
)

const welcome = `{"type":"welcome","protocol":"reassembly.v1","connection":"c","node":"n","durability":"memory",
	"limits":{"frameBytes":65536,"minChunkBytes":16,"windowBytes":8388608}}`

// fake is a server that says what a test wants, connection by connection.
type fake struct {
	*httptest.Server
	t *testing.T
}

// peer is the server's side of a connection.
type peer struct {
	*websocket.Conn
	t *testing.T
}

// startFake serves each connection with the next of the scripts, and the last one again and again.
func startFake(t *testing.T, scripts ...func(p *peer)) *fake {
	t.Helper()
	next := make(chan func(p *peer), len(scripts))
	for _, script := range scripts {
		next <- script
	}
	upgrader := websocket.Upgrader{Subprotocols: []string{wire.Subprotocol}, ReadBufferSize: 65_536}
	f := &fake{t: t, Server: httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer ws.Close()
		script := scripts[len(scripts)-1]
		select {
		case script = <-next:
		default:
		}
		script(&peer{ws, t})
	}))}
	t.Cleanup(f.Close)
	return f
}

func (f *fake) url() string { return strings.Replace(f.URL, "http", "ws", 1) + "/ws" }

func (p *peer) say(format string, args ...any) {
	p.WriteMessage(websocket.TextMessage, []byte(fmt.Sprintf(format, args...)))
}

func (p *peer) sayUnknown(id any) {
	p.say(`{"type":"error","code":"UNKNOWN_MESSAGE","scope":"message","id":"%v","retryable":false,"message":"not known"}`, id)
}

// hear gives the next control message of one of these types, and skips what comes before it; nil at the end of the connection.
func (p *peer) hear(types ...string) map[string]any {
	for {
		kind, text, err := p.ReadMessage()
		if err != nil {
			return nil
		}
		var message map[string]any
		if kind != websocket.TextMessage || json.Unmarshal(text, &message) != nil {
			continue
		}
		for _, wanted := range types {
			if message["type"] == wanted {
				return message
			}
		}
	}
}

// chunk sends one chunk of a message.
func (p *peer) chunk(id ID, offset int64, payload []byte, last bool) {
	frame := append(make([]byte, wire.HeaderBytes), payload...)
	wire.PutHeader(frame, wire.Header{ID: id, Offset: offset, TotalSize: wire.UnknownSize, Last: last})
	p.WriteMessage(websocket.BinaryMessage, frame)
}

// announce begins a delivery.
func (p *peer) announce(id ID, payload []byte) {
	p.say(`{"type":"message","id":"%v","channel":"c","size":%d,"sha256":"%s","attempt":1}`, id, len(payload), digestOf(payload))
}

// untilClosed reads on, as a server does.
func (p *peer) untilClosed() {
	for {
		if _, _, err := p.ReadMessage(); err != nil {
			return
		}
	}
}

// discarding acks what comes, without keeping it, once for every so many bytes.
func discarding(ackEvery int64) func(p *peer) { return discardingAs(ackEvery, "") }

// discardingAs commits with more fields in the outcome.
func discardingAs(ackEvery int64, fields string) func(p *peer) {
	return func(p *peer) {
		p.say(welcome)
		var buffer [65_536]byte
		acked := int64(0)
		for {
			kind, reader, err := p.NextReader()
			if err != nil {
				return
			}
			length := 0
			for err == nil {
				var n int
				n, err = reader.Read(buffer[length:])
				length += n
				if err == nil && length == len(buffer) {
					_, err = io.Copy(io.Discard, reader)
					break
				}
			}
			if kind == websocket.TextMessage {
				var control struct{ Type, ID string }
				json.Unmarshal(buffer[:length], &control)
				if string(buffer[:length]) == "done" {
					p.say("done")
				} else if control.Type == "status" {
					p.sayUnknown(control.ID)
				}
				continue
			}
			header := headerOf(buffer[:length])
			end := header.Offset + int64(length) - wire.HeaderBytes
			if header.Last {
				p.say(`{"type":"outcome","id":"%v","state":"committed","size":%d%s}`, header.ID, end, fields)
				acked = 0
			} else if end-acked >= ackEvery {
				acked = end
				p.say(`{"type":"ack","id":"%v","durable":%d,"missing":[],"credit":%d}`, header.ID, end, end+8<<20)
			}
		}
	}
}
