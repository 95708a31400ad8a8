package upload

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/reassembly/reassembly/src/clients/go/wire"
)

func TestNoPieceIsBelowTheMinimumUnlessItEndsTheMessage(t *testing.T) {
	const open = 1<<63 - 1
	limits := chunkLimits{min: 10, max: 100}
	for name, c := range map[string]struct {
		gap           wire.Range
		reach, oldest int64
		source        Source
		mayWait       bool
		want          wire.Range
		ok            bool
	}{
		"a full one":                           {wire.Range{From: 0, To: open}, 500, 0, Source{Available: 600}, false, wire.Range{From: 0, To: 100}, true},
		"a short one waits for acks":           {wire.Range{From: 0, To: open}, 50, 0, Source{Available: 600}, true, wire.Range{}, false},
		"a short one that nothing will change": {wire.Range{From: 0, To: open}, 50, 0, Source{Available: 600}, false, wire.Range{From: 0, To: 50}, true},
		"the end of the message":               {wire.Range{From: 95, To: open}, 500, 0, Source{Available: 98, Ended: true}, false, wire.Range{From: 95, To: 98}, true},
		"leaves enough for the next":           {wire.Range{From: 0, To: 105}, 500, 0, Source{Available: 600}, false, wire.Range{From: 0, To: 95}, true},
		"a small gap grows forward":            {wire.Range{From: 50, To: 55}, 500, 0, Source{Available: 600}, false, wire.Range{From: 50, To: 60}, true},
		"a small gap at the reach grows back":  {wire.Range{From: 50, To: 55}, 55, 0, Source{Available: 600}, false, wire.Range{From: 45, To: 55}, true},
		"a small gap that cannot grow":         {wire.Range{From: 50, To: 55}, 55, 48, Source{Available: 600}, false, wire.Range{From: 48, To: 55}, false},
		"nothing below the credit":             {wire.Range{From: 50, To: open}, 50, 0, Source{Available: 600}, false, wire.Range{}, false},
	} {
		got, ok := cut(c.gap, c.reach, c.oldest, c.source, limits, c.mayWait)
		if ok != c.ok || (ok && got != c.want) {
			t.Errorf("%s: %v %v, want %v %v", name, got, ok, c.want, c.ok)
		}
	}
}

func TestMessagesAreCutAsTheVectorsSay(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "..", "tests", "vectors", "cutting.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all struct {
		Vectors []struct {
			Name, ContentHex string
			ID               wire.ID
			ChunkBytes       int64
			TotalKnown       bool
			Frames           []string
		}
	}
	if err := json.Unmarshal(text, &all); err != nil || len(all.Vectors) == 0 {
		t.Fatalf("%d vectors, %v", len(all.Vectors), err)
	}
	for _, v := range all.Vectors {
		content, err := hex.DecodeString(v.ContentHex)
		if err != nil {
			t.Fatal(err)
		}
		size := int64(len(content))
		u := New(v.ID, false, Times{Ack: time.Second, GiveUp: time.Minute, MaxUnacked: 1 << 20}, Backoff{Base: 1, Cap: 1}, 0)
		u.Attach(Link{MinChunk: 1, MaxChunk: v.ChunkBytes, Window: 1 << 20}, 0)
		if step := u.Next(Source{}, 0); step.Kind != Open {
			t.Fatalf("%s: begins with %+v", v.Name, step)
		}
		var frames []string
		for {
			// Where the total is not known, the source says that more may come as long as there is a whole chunk to send.
			source := Source{Available: size, Ended: true}
			if at := u.SentUpTo(); !v.TotalKnown && size-at >= v.ChunkBytes {
				source = Source{Available: at + v.ChunkBytes + 1}
			}
			step := u.Next(source, 0)
			if step.Kind != Send {
				break
			}
			frame := append(make([]byte, wire.HeaderBytes), content[step.Piece.From:step.Piece.To]...)
			header := wire.Header{Sequence: step.Sequence, ID: v.ID, Offset: step.Piece.From, TotalSize: wire.UnknownSize, Last: step.Last}
			if v.TotalKnown {
				header.TotalSize = uint64(size)
			}
			wire.PutHeader(frame, header)
			u.OnSent(step, v.TotalKnown, 0)
			frames = append(frames, hex.EncodeToString(frame))
			if step.Last {
				break
			}
		}
		if !reflect.DeepEqual(frames, v.Frames) {
			t.Errorf("%s:\n got %v\nwant %v", v.Name, frames, v.Frames)
		}
	}
}
