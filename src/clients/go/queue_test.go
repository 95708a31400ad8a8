package reassembly

import (
	"testing"
	"time"

	"github.com/reassembly/reassembly/src/clients/go/wire"
)

func TestWhoWasWokenWaitsForNothingMore(t *testing.T) {
	queue := newDeliveryQueue()
	for round := 0; round < 100; round++ {
		taken := make(chan *delivery, 1)
		go func() {
			d, err := queue.take(within(t))
			if err != nil {
				t.Error(err)
			}
			taken <- d
		}()
		for started := time.Now(); !queue.isAwaited(); {
			if time.Since(started) > time.Minute {
				t.Fatal("somebody waits, and the queue is not awaited")
			}
			time.Sleep(100 * time.Microsecond)
		}
		d := newDelivery(nil, &wire.Delivery{Size: 1}, 1)
		queue.add(d)
		if queue.isAwaited() {
			t.Fatal("a delivery is there, and the queue is awaited")
		}
		if got := <-taken; got != d {
			t.Fatalf("%v", got)
		}
	}
}
