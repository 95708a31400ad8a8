package reassembly

import (
	"context"
	"sync"
)

// deliveryQueue holds deliveries that nobody has asked for yet, in the order in which they began.
type deliveryQueue struct {
	mu      sync.Mutex
	waiting []*delivery
	err     error
	more    chan struct{} // closed, and made anew, whenever something has changed
	takers  int
}

func newDeliveryQueue() *deliveryQueue { return &deliveryQueue{more: make(chan struct{})} }

func (q *deliveryQueue) add(d *delivery) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if d.getState() == inHand { // it may have been lost meanwhile
		q.waiting = append(q.waiting, d)
		q.tell()
	}
}

func (q *deliveryQueue) remove(d *delivery) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i := range q.waiting {
		if q.waiting[i] == d {
			q.waiting = append(q.waiting[:i], q.waiting[i+1:]...)
			return
		}
	}
}

// fail ends the queue; the first error stays.
func (q *deliveryQueue) fail(err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.err == nil {
		q.err = err
		q.waiting = nil
		q.tell()
	}
}

// isAwaited tells whether somebody waits for the next delivery and none is there. A taker that was woken, and has yet to come for its
// own, does not count.
func (q *deliveryQueue) isAwaited() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.takers > 0 && len(q.waiting) == 0
}

func (q *deliveryQueue) take(ctx context.Context) (*delivery, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.takers++
	defer func() { q.takers-- }()
	for {
		if q.err != nil {
			return nil, q.err
		}
		if len(q.waiting) > 0 {
			d := q.waiting[0]
			q.waiting = q.waiting[1:]
			return d, nil
		}
		more := q.more
		q.mu.Unlock()
		select {
		case <-more:
			q.mu.Lock()
		case <-ctx.Done():
			q.mu.Lock()
			return nil, ctx.Err()
		}
	}
}

func (q *deliveryQueue) tell() {
	close(q.more)
	q.more = make(chan struct{})
}
