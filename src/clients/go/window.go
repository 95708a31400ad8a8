package reassembly

import (
	"context"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"sync"

	"github.com/reassembly/reassembly/src/clients/go/internal/upload"
)

const segmentBytes = 16_384

// window is a payload that comes only once. A goroutine reads ahead into segments; the window keeps what is not durable and nothing
// else, so its memory is bounded however long the payload is. That goroutine waits while the window is full, and skips bytes that
// were durable before they were read (a send that goes on where another process stopped).
type window struct {
	reader  io.Reader
	changed func()
	room    chan struct{}
	quit    chan struct{}
	ended   chan struct{} // closed once the reader gave its end or failed
	hash    hash.Hash     // nil where nobody compares
	hashed  int64         // a longer payload is not compared

	mu          sync.Mutex
	segments    [][]byte
	spare       [][]byte
	maxSegments int
	first       int64 // offset of the first segment
	released    int64
	available   int64
	committed   int64 // nothing is read beyond it; -1 while the message has no outcome
	isEnded     bool
	err         error
}

// newWindow starts to read; changed is called whenever the view has changed.
func newWindow(reader io.Reader, capacity, hashedBytes int64, changed func()) *window {
	w := &window{
		reader: reader, changed: changed, room: make(chan struct{}, 1), quit: make(chan struct{}), ended: make(chan struct{}),
		maxSegments: int(capacity / segmentBytes), committed: -1, hashed: hashedBytes,
	}
	if hashedBytes >= 0 {
		w.hash = newSHA256()
	}
	go w.pump()
	return w
}

func (w *window) view() (upload.Source, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	oldest := w.released
	if oldest > w.available {
		oldest = w.available
	}
	return upload.Source{Oldest: oldest, Available: w.available, Ended: w.isEnded}, w.err
}

func (w *window) fill(f *frame) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	payload := f.payload()
	for at := f.offset - w.first; len(payload) > 0; {
		n := copy(payload, w.segments[at/segmentBytes][at%segmentBytes:])
		payload = payload[n:]
		at += int64(n)
	}
	return nil
}

func (w *window) release(below int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if below > w.released {
		w.released = below
		w.drop()
	}
}

// drop lets go of segments whose bytes are both read and durable; never of the one that is being filled.
func (w *window) drop() {
	for len(w.segments) > 0 && w.first+segmentBytes <= w.released && w.first+segmentBytes <= w.available {
		if len(w.spare) < 16 {
			w.spare = append(w.spare, w.segments[0])
		}
		w.segments = w.segments[1:]
		w.first += segmentBytes
		select {
		case w.room <- struct{}{}:
		default:
		}
	}
}

// digest waits for the end of the payload, or until it is longer than what the server has, when the server had all of it before.
func (w *window) digest(ctx context.Context, committed int64) (int64, string, error) {
	w.mu.Lock()
	w.committed = committed
	w.mu.Unlock()
	w.release(1<<63 - 1)
	select {
	case <-ctx.Done():
		return 0, "", ctx.Err()
	case <-w.ended:
	}
	view, err := w.view()
	if err != nil || w.hash == nil {
		return view.Available, "", err
	}
	return view.Available, hex.EncodeToString(w.hash.Sum(nil)), nil
}

func (w *window) stop() { close(w.quit) }

func (w *window) pump() {
	defer close(w.ended)
	for {
		room, ok := w.getRoom()
		if !ok {
			return
		}
		n, err := w.reader.Read(room)
		if w.hash != nil {
			w.hash.Write(room[:n])
			if w.available+int64(n) > w.hashed {
				w.hash = nil
			}
		}
		w.mu.Lock()
		w.available += int64(n)
		w.isEnded = err == io.EOF
		if err != nil && err != io.EOF {
			w.err = fmt.Errorf("the payload could not be read at %d: %w", w.available, err)
		}
		w.drop()
		tooLong := w.committed >= 0 && w.available > w.committed
		w.mu.Unlock()
		w.changed()
		if err != nil || tooLong {
			return
		}
	}
}

func (w *window) getRoom() ([]byte, bool) {
	for {
		select {
		case <-w.quit:
			return nil, false
		default:
		}
		if room := w.tryGetRoom(); room != nil {
			return room, true
		}
		select {
		case <-w.room:
		case <-w.quit:
			return nil, false
		}
	}
}

func (w *window) tryGetRoom() []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	used := w.available - w.first
	if used == int64(len(w.segments))*segmentBytes {
		if len(w.segments) >= w.maxSegments {
			return nil
		}
		var segment []byte
		if last := len(w.spare) - 1; last >= 0 {
			segment, w.spare = w.spare[last], w.spare[:last]
		} else {
			segment = make([]byte, segmentBytes)
		}
		w.segments = append(w.segments, segment)
	}
	return w.segments[len(w.segments)-1][used%segmentBytes:]
}
