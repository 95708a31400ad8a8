package reassembly

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/reassembly/reassembly/src/clients/go/wire"
)

func TestServerThatDoesNotEchoTheSubprotocolIsRefused(t *testing.T) {
	upgrader := websocket.Upgrader{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if ws, err := upgrader.Upgrade(w, r, nil); err == nil {
			ws.Close()
		}
	}))
	defer server.Close()
	_, err := Dial(within(t), strings.Replace(server.URL, "http", "ws", 1))
	var connect *ConnectError
	if !errors.As(err, &connect) || !connect.Final || !strings.Contains(err.Error(), "did not echo the subprotocol") {
		t.Errorf("%v", err)
	}
}

func TestHelloTellsWhatThisClientTakes(t *testing.T) {
	heard := make(chan map[string]any, 1)
	server := startFake(t, func(p *peer) {
		heard <- p.hear("hello")
		p.say(welcome)
		p.untilClosed()
	})
	dial(t, server.url(), WithReceiveFrameBytes(12_345), WithClientName("test/1"))
	if hello := <-heard; hello["receiveFrameBytes"] != 12_345.0 || hello["client"] != "test/1" {
		t.Errorf("%v", hello)
	}
}

func TestDialEndsWithItsContext(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	connected := make(chan net.Conn, 1)
	go func() {
		if conn, err := silent.Accept(); err == nil {
			connected <- conn
		}
	}()
	ctx, cancel := context.WithCancel(within(t))
	go func() {
		conn := <-connected
		cancel()
		conn.Read(make([]byte, 1))
		defer conn.Close()
	}()
	if _, err := Dial(ctx, "ws://"+silent.Addr().String()); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if _, err := Dial(within(t), "ws://"+silent.Addr().String(), WithConnectTimeout(20*time.Millisecond), WithGiveUpAfter(time.Millisecond)); err == nil ||
		!strings.Contains(err.Error(), "no answer in time") {
		t.Errorf("%v", err)
	}
}

func TestRefusedConnectionTellsTheServersReason(t *testing.T) {
	server := startFake(t, func(p *peer) {
		p.say(`{"type":"error","code":"UNAUTHORIZED","scope":"connection","retryable":false,"message":"show a token"}`)
	})
	_, err := Dial(within(t), server.url())
	var why *Error
	if !errors.As(err, &why) || why.Code != wire.Unauthorized {
		t.Errorf("%v", err)
	}
}

// sendOver sends a payload to scripted connections, the last of which takes everything.
func sendOver(t *testing.T, payload []byte, scripts ...func(p *peer)) (Outcome, []error, error) {
	t.Helper()
	server := startFake(t, append(scripts, discarding(1<<20))...)
	client := dial(t, server.url(), WithAckTimeout(10*time.Second))
	var told []error
	outcome, err := client.Send(within(t), bytes.NewReader(payload), SendOptions{Progress: func(p Progress) {
		if p.Err != nil {
			told = append(told, p.Err)
		}
	}})
	return outcome, told, err
}

func TestRefusedChunkIsSentAgainAfterItsTime(t *testing.T) {
	payload := payloadOf(t, 100_000)
	asked := make(chan time.Duration, 1)
	_, told, err := sendOver(t, payload, func(p *peer) {
		p.say(welcome)
		id := p.hear("open")["id"]
		started := time.Now()
		p.say(`{"type":"error","code":"OVERLOADED","scope":"message","id":"%v","retryable":true,"retryAfterMs":300,"message":"later"}`, id)
		p.hear("status")
		asked <- time.Since(started)
		p.say(`{"type":"outcome","id":"%v","state":"committed","size":100000}`, id)
		p.untilClosed()
	})
	if after := <-asked; err != nil || after < 290*time.Millisecond || len(told) != 1 {
		t.Errorf("asked after %v, told %v, %v", after, told, err)
	}
}

func TestGoAwayMovesTheSendToAnotherConnection(t *testing.T) {
	payload := payloadOf(t, 1<<20)
	after := make(chan map[string]any, 1)
	outcome, _, err := sendOver(t, payload, func(p *peer) {
		p.say(welcome)
		id := p.hear("open")["id"]
		p.say(`{"type":"goaway","reason":"this node stops","graceMs":1000}`)
		p.say(`{"type":"ack","id":"%v","durable":0,"missing":[],"credit":65488}`, id)
		after <- p.hear("status", "abort")
	}, func(p *peer) {
		p.say(welcome)
		id := p.hear("status")["id"]
		p.say(`{"type":"ack","id":"%v","durable":65488,"missing":[],"credit":9000000}`, id)
	})
	if asked := <-after; err != nil || outcome.Connections < 3 || asked != nil {
		t.Errorf("%+v, after goaway %v, %v", outcome, asked, err)
	}
}

func TestCloseCode1009AndFrameTooBigLeadToSmallerChunks(t *testing.T) {
	largest, there, taken := 0, int64(0), make(chan int, 10)
	small := func(p *peer) {
		p.say(welcome)
		for {
			kind, frame, err := p.ReadMessage()
			if err != nil {
				return
			}
			if kind != websocket.BinaryMessage {
				var control struct{ Type, ID string }
				if json.Unmarshal(frame, &control); control.Type == "status" {
					p.sayUnknown(control.ID)
				}
				continue
			}
			if len(frame) > 20_000 {
				p.say(`{"type":"error","code":"FRAME_TOO_BIG","scope":"frame","retryable":false,"message":"too big",
					"limit":{"name":"frameBytes","max":20000,"actual":%d,"hop":"proxy"}}`, len(frame))
				continue
			}
			header := headerOf(frame)
			if header.Offset != there {
				continue // a chunk before it was refused
			}
			there += int64(len(frame)) - wire.HeaderBytes
			if len(frame) > largest {
				largest = len(frame)
			}
			if header.Last {
				taken <- largest
				p.say(`{"type":"outcome","id":"%v","state":"committed"}`, header.ID)
			}
		}
	}
	_, told, err := sendOver(t, payloadOf(t, 300_000), func(p *peer) {
		p.say(welcome)
		p.hear("open")
		p.ReadMessage() // the first chunk
		p.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(1009, "frame of 65536 bytes exceeds the limit of 40000 bytes"))
		p.untilClosed()
	}, small)
	if err != nil {
		t.Fatalf("told %v, %v", told, err)
	}
	if largest := <-taken; largest > 20_000 || largest < 10_000 {
		t.Errorf("largest %d, told %v", largest, told)
	}
	if len(told) == 0 || !strings.Contains(fmt.Sprint(told), "1009 (frame of 65536 bytes exceeds the limit of 40000 bytes)") {
		t.Errorf("told %v", told)
	}
}

func TestOtherDigestThanThePayloadsIsTold(t *testing.T) {
	_, _, err := sendOver(t, []byte("payload"), func(p *peer) {
		p.say(welcome)
		p.say(`{"type":"outcome","id":"%v","state":"committed","size":7,"sha256":"%s"}`, p.hear("open")["id"], digestOf([]byte("others!")))
		p.untilClosed()
	})
	var mismatch *MismatchError
	if !errors.As(err, &mismatch) {
		t.Errorf("%v", err)
	}
}

func TestDigestIsComparedWhereItIsUseful(t *testing.T) {
	server := startFake(t, discardingAs(1<<20, `,"sha256":"`+digestOf([]byte("others!"))+`"`))
	client := dial(t, server.url())
	for _, test := range []struct {
		size     int64
		opts     SendOptions
		compares bool
	}{
		{usefulDigestBytes, SendOptions{}, true},
		{usefulDigestBytes + 1, SendOptions{}, false},
		{usefulDigestBytes + 1, SendOptions{ID: NewID()}, true},
		{usefulDigestBytes + 1, SendOptions{CheckDigest: CheckAlways}, true},
		{7, SendOptions{CheckDigest: CheckNever}, false},
		{7, SendOptions{SHA256: digestOf([]byte("others!"))}, false},
		{7, SendOptions{SHA256: digestOf([]byte("others!")), CheckDigest: CheckAlways}, true},
		{7, SendOptions{ID: NewID(), CheckDigest: CheckNever}, false},
	} {
		payload := io.NewSectionReader(zeros{}, 0, test.size)
		for kind, reader := range map[string]io.Reader{"placed": payload, "stream": onlyReader{payload}} {
			payload.Seek(0, io.SeekStart)
			outcome, err := client.Send(within(t), reader, test.opts)
			var mismatch *MismatchError
			if errors.As(err, &mismatch) != test.compares || (err == nil) == test.compares {
				t.Errorf("%s of %d bytes, %+v: %+v, %v", kind, test.size, test.opts, outcome, err)
			}
		}
	}
}

type zeros struct{}

func (zeros) ReadAt(p []byte, _ int64) (int, error) {
	for i := range p {
		p[i] = 0
	}
	return len(p), nil
}

func TestSendGivesUpWithoutConnection(t *testing.T) {
	server := startFake(t, func(p *peer) {
		p.say(welcome)
		p.hear("open")
	})
	client := dial(t, server.url(), WithGiveUpAfter(300*time.Millisecond))
	go server.CloseClientConnections()
	if _, err := client.Send(within(t), strings.NewReader("x"), SendOptions{}); err == nil {
		t.Error("sent to a server that takes nothing")
	}
}

func TestSmallMessageDoesNotWaitForALargeOne(t *testing.T) {
	server := startFake(t, discarding(1<<20))
	client := dial(t, server.url())
	ctx, cancel := context.WithCancel(within(t))
	started, large := make(chan struct{}), make(chan error, 1)
	var once bool
	go func() {
		_, err := client.Send(ctx, endless{}, SendOptions{Progress: func(Progress) {
			if !once {
				once = true
				close(started)
			}
		}})
		large <- err
	}()
	<-started
	for i := 0; i < 20; i++ {
		if _, err := client.Send(within(t), strings.NewReader("small"), SendOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	if err := <-large; !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }
