package reassembly

import (
	"fmt"
	"sync"

	"github.com/reassembly/reassembly/src/clients/go/wire"
)

type deliveryState int

const (
	inHand deliveryState = iota
	completed
	givenBack
	lost
)

// delivery is one message over one connection: a ring of bounded size between the connection's reader, which waits when it is full,
// and the body, which takes the bytes out.
type delivery struct {
	link    *link
	message *wire.Delivery

	room chan struct{} // the body has taken bytes, or the state has changed
	data chan struct{} // bytes have come, or the state has changed

	// Written by the connection's reader, with the mutex of the link.
	next    int64
	sawLast bool

	mu       sync.Mutex
	ring     []byte
	from     int
	count    int
	taken    int64
	state    deliveryState
	reason   string
	awaited  bool // somebody waits for bytes that have not come
	unwanted bool // nobody reads on
}

func newDelivery(l *link, message *wire.Delivery, bufferBytes int) *delivery {
	size := bufferBytes
	if message.Size < int64(size) {
		size = int(message.Size)
	}
	return &delivery{link: l, message: message, ring: make([]byte, size), room: make(chan struct{}, 1), data: make(chan struct{}, 1)}
}

// check refuses a chunk that is not the next one of its message.
func (d *delivery) check(h wire.Header, end int64) error {
	size := d.message.Size
	problem := ""
	switch {
	case h.TotalSize != wire.UnknownSize && h.TotalSize != uint64(size):
		problem = fmt.Sprintf("a chunk says %d bytes, the message %d", h.TotalSize, size)
	case d.sawLast:
		problem = fmt.Sprintf("a chunk at offset %d follows the last one", h.Offset)
	case h.Offset != d.next:
		problem = fmt.Sprintf("a chunk is at offset %d, the next one is at %d", h.Offset, d.next)
	case end > size || (h.Last && end != size):
		problem = fmt.Sprintf("a chunk ends at %d, the message at %d", end, size)
	default:
		return nil
	}
	return fmt.Errorf("the server broke the protocol: message %v: %s", d.message.ID, problem)
}

// put copies what fits into the ring and gives the rest.
func (d *delivery) put(payload []byte) (rest []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.unwanted || d.state == lost {
		return nil
	}
	for len(payload) > 0 && d.count < len(d.ring) {
		to := (d.from + d.count) % len(d.ring)
		end := len(d.ring)
		if to < d.from {
			end = d.from
		}
		n := copy(d.ring[to:end], payload)
		payload = payload[n:]
		d.count += n
	}
	signal(d.data)
	return payload
}

// get copies bytes out of the ring; none when there are none yet.
func (d *delivery) get(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.state == lost {
		return 0, d.lostError()
	}
	if d.unwanted {
		return 0, &LostError{ID: d.message.ID, Reason: "it was given back or closed"}
	}
	n := 0
	for n < len(p) && d.count > 0 {
		end := d.from + d.count
		if end > len(d.ring) {
			end = len(d.ring)
		}
		copied := copy(p[n:], d.ring[d.from:end])
		n += copied
		d.count -= copied
		d.from = (d.from + copied) % len(d.ring)
	}
	if d.taken += int64(n); n > 0 {
		signal(d.room)
	}
	d.awaited = n == 0
	return n, nil
}

// stopReading throws away what has come and what still comes.
func (d *delivery) stopReading() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.unwanted = true
	d.ring, d.count, d.from = nil, 0, 0
	signal(d.room)
	signal(d.data)
}

// enter changes the state, if the delivery was in the expected one.
func (d *delivery) enter(state, from deliveryState, reason string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.state != from {
		return false
	}
	d.state, d.reason = state, reason
	signal(d.room)
	signal(d.data)
	return true
}

func (d *delivery) getState() deliveryState {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.state
}

func (d *delivery) progress() (taken int64, awaited bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.taken, d.awaited
}

// lostError needs mu.
func (d *delivery) lostError() error { return &LostError{ID: d.message.ID, Reason: d.reason} }

func (d *delivery) errIfLost() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.state == lost {
		return d.lostError()
	}
	return nil
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
