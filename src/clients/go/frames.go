package reassembly

import (
	"sync"
	"sync/atomic"

	"github.com/reassembly/reassembly/src/clients/go/wire"
)

// frame is one chunk on its way out: header and payload in one pooled buffer. The writer of the connection and the digest read it
// at the same time; whoever lets go last returns it.
type frame struct {
	bytes  []byte
	offset int64
	users  int32
}

var framePool = sync.Pool{New: func() any { return new(frame) }}

// newFrame gives a frame with one user and room for so many bytes of payload.
func newFrame(offset, payload int64) *frame {
	f := framePool.Get().(*frame)
	size := wire.HeaderBytes + int(payload)
	if cap(f.bytes) < size {
		f.bytes = make([]byte, size)
	}
	f.bytes, f.offset, f.users = f.bytes[:size], offset, 1
	return f
}

func (f *frame) payload() []byte { return f.bytes[wire.HeaderBytes:] }

func (f *frame) share() { atomic.AddInt32(&f.users, 1) }

func (f *frame) release() {
	if atomic.AddInt32(&f.users, -1) == 0 {
		framePool.Put(f)
	}
}
