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
	payload := make([]byte, 65_536)
	binary.BigEndian.PutUint64(payload[24:], 1) // never LAST
	ws, _, err := (&websocket.Dialer{WriteBufferSize: 65_536}).Dial(server.url(), nil)
	if err != nil {
		b.Fatal(err)
	}
	defer ws.Close()
	b.SetBytes(benchBytes)
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		for sent := 0; sent < benchBytes; sent += len(payload) {
			if err := ws.WriteMessage(websocket.BinaryMessage, payload); err != nil {
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

// BenchmarkSendWithoutDigest tells what of BenchmarkSend is the SHA-256.
func BenchmarkSendWithoutDigest(b *testing.B) { benchmarkSend(b, SendOptions{TrustServer: true}) }

func benchmarkSend(b *testing.B, opts SendOptions) {
	server := startFake(&testing.T{}, discarding(1<<20))
	defer server.Close()
	client, err := Dial(context.Background(), server.url())
	if err != nil {
		b.Fatal(err)
	}
	defer client.Close()
	payload := make([]byte, benchBytes)
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
