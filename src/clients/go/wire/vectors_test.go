package wire

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"testing"
	"time"
)

type vector struct {
	Name, Hex, CRC32C, FrameHex, Text, Error, ContentHex, ID string
	ChunkBytes                                               int
	TotalKnown                                               bool
	Frames                                                   []string
	Header                                                   *struct {
		Sequence                          uint32
		ID, Offset, TotalSize, PayloadHex string
		Last                              bool
	}
	Message map[string]any
}

func vectors(t *testing.T, file string) []vector {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "tests", "vectors", file))
	if err != nil {
		t.Fatal(err)
	}
	var all struct{ Vectors []vector }
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	if len(all.Vectors) == 0 {
		t.Fatalf("%s has no vectors", file)
	}
	return all.Vectors
}

func bytesOf(t *testing.T, text string) []byte {
	t.Helper()
	raw, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestChecksums(t *testing.T) {
	for _, v := range vectors(t, "crc32c.json") {
		if got := fmt.Sprintf("%08x", crc32.Checksum(bytesOf(t, v.Hex), castagnoli)); got != v.CRC32C {
			t.Errorf("%s: %s, want %s", v.Name, got, v.CRC32C)
		}
	}
}

func TestFrames(t *testing.T) {
	for _, v := range vectors(t, "frames.json") {
		frame := bytesOf(t, v.FrameHex)
		header, payload, err := ReadFrame(frame)
		if v.Error != "" {
			if failure, ok := err.(*Error); !ok || string(failure.Code) != v.Error {
				t.Errorf("%s: %v, want %s", v.Name, err, v.Error)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", v.Name, err)
			continue
		}
		want := v.Header
		if header.Sequence != want.Sequence || header.ID.String() != want.ID || strconv.FormatInt(header.Offset, 10) != want.Offset ||
			strconv.FormatUint(header.TotalSize, 10) != want.TotalSize || header.Last != want.Last || hex.EncodeToString(payload) != want.PayloadHex {
			t.Errorf("%s: %+v %x, want %+v", v.Name, header, payload, want)
		}
		if frame[3] == HeaderBytes/4 {
			again := append(make([]byte, HeaderBytes), payload...)
			PutHeader(again, header)
			if hex.EncodeToString(again) != v.FrameHex {
				t.Errorf("%s: written as %x", v.Name, again)
			}
		}
	}
}

func TestServerMessages(t *testing.T) {
	for _, v := range vectors(t, "control-server.json") {
		text := []byte(v.Text)
		if v.Hex != "" {
			text = bytesOf(t, v.Hex)
		}
		message, err := ReadServer(text)
		if v.Error != "" {
			if failure, ok := err.(*Error); !ok || string(failure.Code) != v.Error {
				t.Errorf("%s: %v, want %s", v.Name, err, v.Error)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", v.Name, err)
			continue
		}
		if want, got := plain(t, v.Message), plain(t, asJSON(message)); !reflect.DeepEqual(want, got) {
			t.Errorf("%s:\n got %v\nwant %v", v.Name, got, want)
		}
	}
}

// plain compares numbers and nested values as JSON has them, times as moments.
func plain(t *testing.T, fields map[string]any) map[string]any {
	t.Helper()
	if at, ok := fields["expiresAt"].(string); ok {
		moment, err := time.Parse(time.RFC3339Nano, at)
		if err != nil {
			t.Fatal(err)
		}
		fields["expiresAt"] = moment.UTC().Format(time.RFC3339Nano)
	}
	text, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	var same map[string]any
	if err := json.Unmarshal(text, &same); err != nil {
		t.Fatal(err)
	}
	return same
}

func asJSON(message ServerMessage) map[string]any {
	fields := map[string]any{}
	put := func(name string, value any, there bool) {
		if there {
			fields[name] = value
		}
	}
	switch m := message.(type) {
	case *Welcome:
		fields = map[string]any{
			"type": "welcome", "protocol": m.Protocol, "connection": m.Connection, "node": m.Node, "durability": m.Durability,
			"limits": map[string]int64{
				"frameBytes": m.Limits.FrameBytes, "chunkBytes": m.Limits.ChunkBytes, "minChunkBytes": m.Limits.MinChunkBytes,
				"messageBytes": m.Limits.MessageBytes, "openMessages": m.Limits.OpenMessages, "windowBytes": m.Limits.WindowBytes,
				"idleSeconds": m.Limits.IdleSeconds, "messageSeconds": m.Limits.MessageSeconds, "retentionSeconds": m.Limits.RetentionSeconds,
			},
		}
	case *Ack:
		missing := [][2]int64{}
		for _, gap := range m.Missing {
			missing = append(missing, [2]int64{gap.From, gap.To})
		}
		fields = map[string]any{"type": "ack", "id": m.ID, "durable": m.Durable, "missing": missing, "credit": m.Credit}
		put("expiresAt", m.ExpiresAt.Format(time.RFC3339Nano), !m.ExpiresAt.IsZero())
	case *Outcome:
		fields = map[string]any{"type": "outcome", "id": m.ID, "state": m.State}
		put("size", m.Size, m.Size >= 0)
		put("sha256", m.SHA256, m.SHA256 != "")
		if m.Error != nil {
			inner := map[string]any{"code": m.Error.Code, "message": m.Error.Message}
			if m.Error.Limit != nil {
				inner["limit"] = m.Error.Limit
			}
			fields["error"] = inner
		}
	case *Error:
		fields = map[string]any{"type": "error", "code": m.Code, "scope": m.Scope, "retryable": m.Retryable, "message": m.Message}
		put("id", m.ID, m.ID != nil)
		put("retryAfterMs", m.RetryAfterMs, m.RetryAfterMs != 0)
		put("limit", m.Limit, m.Limit != nil)
	case *GoAway:
		fields = map[string]any{"type": "goaway", "reason": m.Reason, "graceMs": m.GraceMs}
	case *Delivery:
		fields = map[string]any{
			"type": "message", "id": m.ID, "channel": m.Channel, "size": m.Size, "sha256": m.SHA256, "attempt": m.Attempt,
		}
		put("contentType", m.ContentType, m.ContentType != "")
		put("contentEncoding", m.ContentEncoding, m.ContentEncoding != "")
		put("headers", m.Headers, m.Headers != nil)
	case *Pong:
		fields = map[string]any{"type": "pong", "nonce": m.Nonce}
	}
	return fields
}
