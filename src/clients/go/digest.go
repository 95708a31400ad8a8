package reassembly

import (
	"encoding/hex"
	"hash"
	"io"
)

// digest computes the SHA-256 of a payload beside its sending, in a goroutine of its own: from the frames that come in order,
// and from the source for what was never sent (durable before) or came in another order.
type digest struct {
	hash   hash.Hash
	at     int64 // bytes that are hashed
	frames chan *frame
	done   chan struct{}
}

func startDigest() *digest {
	d := &digest{hash: newSHA256(), frames: make(chan *frame, 4), done: make(chan struct{})}
	go d.run()
	return d
}

// add takes a frame as one of its users.
func (d *digest) add(f *frame) {
	f.share()
	d.frames <- f
}

func (d *digest) run() {
	defer close(d.done)
	for f := range d.frames {
		payload := f.payload()
		if skip := d.at - f.offset; skip >= 0 && skip < int64(len(payload)) {
			d.hash.Write(payload[skip:])
			d.at = f.offset + int64(len(payload))
		}
		f.release()
	}
}

// stop ends the goroutine; no add may follow.
func (d *digest) stop() {
	close(d.frames)
	<-d.done
}

// finish gives the digest of all bytes; after stop.
func (d *digest) finish(source io.ReaderAt, size int64) (string, error) {
	if d.at < size {
		rest := io.NewSectionReader(source, d.at, size-d.at)
		if _, err := io.CopyBuffer(d.hash, struct{ io.Reader }{rest}, make([]byte, 65_536)); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(d.hash.Sum(nil)), nil
}
