package reassembly

import (
	"bytes"
	"context"
	"encoding/binary"
	"testing"

	"github.com/gorilla/websocket"

	"github.com/reassembly/reassembly/src/clients/go/wire"
)

const benchBytes = 64 << 20

// BenchmarkFlood is what the library does without a protocol: the measure for BenchmarkSend.
func BenchmarkFlood(b *testing.B) {
	server := startFake(&testing.T{}, discarding(1<<20))
	defer server.Close()
	// All of them lie there, as the payload of BenchmarkSend does: what is sent again and again stays in the processor's cache.
	frames := make([][]byte, benchBytes/65_536)
	for i := range frames {
		frames[i] = bytes.Repeat([]byte{1}, 65_536)
		frames[i][2] = 0 // never LAST
	}
	ws, _, err := (&websocket.Dialer{WriteBufferSize: 65_536}).Dial(server.url(), nil)
	if err != nil {
		b.Fatal(err)
	}
	defer ws.Close()
	b.SetBytes(benchBytes)
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		for _, frame := range frames {
			if err := ws.WriteMessage(websocket.BinaryMessage, frame); err != nil {
				b.Fatal(err)
			}
		}
		ws.WriteMessage(websocket.TextMessage, []byte("done"))
		for {
			if _, text, err := ws.ReadMessage(); err != nil {
				b.Fatal(err)
			} else if string(text) == "done" {
				break
			}
		}
	}
}

func BenchmarkSend(b *testing.B) { benchmarkSend(b, SendOptions{}) }

// BenchmarkSendCheckingDigest tells what the SHA-256 of a large payload costs.
func BenchmarkSendCheckingDigest(b *testing.B) {
	benchmarkSend(b, SendOptions{CheckDigest: CheckAlways})
}

func benchmarkSend(b *testing.B, opts SendOptions) {
	server := startFake(&testing.T{}, discarding(1<<20))
	defer server.Close()
	client, err := Dial(context.Background(), server.url())
	if err != nil {
		b.Fatal(err)
	}
	defer client.Close()
	payload := bytes.Repeat([]byte{1}, benchBytes)
	b.SetBytes(benchBytes)
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		if _, err := client.Send(context.Background(), bytes.NewReader(payload), opts); err != nil {
			b.Fatal(err)
		}
	}
}

// headerOf reads a header without the checksum, which a server that discards does not compute.
func headerOf(frame []byte) (h wire.Header) {
	if len(frame) >= wire.HeaderBytes {
		copy(h.ID[:], frame[8:24])
		h.Offset = int64(binary.BigEndian.Uint64(frame[24:]))
		h.Last = frame[2] == 1
	}
	return h
}
