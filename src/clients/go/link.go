package reassembly

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/reassembly/reassembly/src/clients/go/wire"
)

// link is a subscription over one connection: which messages are in hand there, and whose chunk a frame is. What the server may not
// do ends the connection, and with it these deliveries.
//
// Messages in flight share the socket, so one whose buffer is full holds up the others. Two of them cannot wait for each other for
// ever: when somebody waits for what is behind a full buffer that nobody has read from for the stall time, that message goes back to
// the server.
type link struct {
	socket       *socket
	subscription *Subscription

	mu       sync.Mutex
	inHand   []*delivery
	trailing map[ID]bool // answered before their last chunk came: the rest may be on its way and means nothing
}

// begin takes the announcement of a message.
func (l *link) begin(message *wire.Delivery) {
	d := newDelivery(l, message, l.subscription.options.BufferBytes)
	l.mu.Lock()
	// The server has ended a delivery that it begins again, and, when it begins more than were asked for, the oldest one: its time to
	// answer ran out.
	const overtaken = "the server has ended this delivery, since no answer came in time"
	if again := l.find(message.ID); again != nil {
		l.lose(again, overtaken)
	}
	if len(l.inHand) >= l.subscription.options.InFlight {
		l.lose(l.inHand[0], overtaken)
	}
	delete(l.trailing, message.ID)
	l.inHand = append(l.inHand, d)
	l.mu.Unlock()
	l.subscription.queue.add(d)
}

// take takes a chunk; waits while its message's buffer is full.
func (l *link) take(bytes []byte) error {
	header, payload, err := wire.ReadFrame(bytes)
	if err != nil {
		return fmt.Errorf("the server broke the protocol: %w", err)
	}
	l.mu.Lock()
	d := l.find(header.ID)
	if d == nil {
		trailing := l.trailing[header.ID]
		if header.Last {
			delete(l.trailing, header.ID)
		}
		l.mu.Unlock()
		if !trailing {
			return fmt.Errorf("the server broke the protocol: a chunk of message %v, which it did not begin here", header.ID)
		}
		return nil
	}
	end := header.Offset + int64(len(payload))
	if err := d.check(header, end); err != nil {
		l.mu.Unlock()
		return err
	}
	d.next = end
	d.sawLast = header.Last
	l.mu.Unlock()
	l.write(d, payload)
	if header.Last {
		l.socket.noteServed()
	}
	return nil
}

func (l *link) write(d *delivery, payload []byte) {
	if payload = d.put(payload); len(payload) == 0 {
		return
	}
	stall := l.subscription.options.StallTimeout
	timer := time.NewTimer(stall)
	defer timer.Stop()
	for before, _ := d.progress(); len(payload) > 0; payload = d.put(payload) {
		select {
		case <-d.room:
		case <-l.socket.closing:
			return
		case <-l.subscription.stopping.Done():
			return
		case <-timer.C:
			taken, _ := d.progress()
			if taken == before && l.isAnyoneHeldUpBy(d) {
				l.giveBack(d)
				return
			}
			before = taken
			timer.Reset(stall)
		}
	}
}

func (l *link) isAnyoneHeldUpBy(d *delivery) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, other := range l.inHand {
		if _, awaited := other.progress(); other != d && awaited {
			return true
		}
	}
	return len(l.inHand) < l.subscription.options.InFlight && l.subscription.queue.isAwaited()
}

func (l *link) giveBack(d *delivery) {
	l.mu.Lock()
	held := d.getState() == inHand
	if held {
		l.lose(d, fmt.Sprintf("nobody read it for %v while others waited behind it, so it was given back", l.subscription.options.StallTimeout))
	}
	l.mu.Unlock()
	if held {
		l.socket.send(context.Background(), wire.Retry{ID: d.message.ID})
	}
}

// onError takes that something is wrong with a message.
func (l *link) onError(failure *Error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if d := l.find(*failure.ID); d != nil {
		l.lose(d, failure.Message)
	}
}

// end loses all that is in hand: the connection is gone.
func (l *link) end(reason string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.inHand) > 0 {
		l.lose(l.inHand[0], reason)
	}
}

// answer ends a delivery with this receiver's answer, if it is in hand still.
func (l *link) answer(d *delivery, state deliveryState) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !d.enter(state, inHand, "") {
		return false
	}
	l.forget(d)
	return true
}

// The rest needs mu, so that a delivery is in hand exactly while it is listed as that.

func (l *link) find(id ID) *delivery {
	for _, d := range l.inHand {
		if d.message.ID == id {
			return d
		}
	}
	return nil
}

func (l *link) lose(d *delivery, reason string) {
	l.forget(d)
	d.enter(lost, inHand, reason)
	l.subscription.queue.remove(d)
}

func (l *link) forget(d *delivery) {
	for i := range l.inHand {
		if l.inHand[i] == d {
			l.inHand = append(l.inHand[:i], l.inHand[i+1:]...)
			break
		}
	}
	if !d.sawLast {
		l.trailing[d.message.ID] = true
	}
}
