package reassembly

import (
	"bytes"
	"context"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

func subscribe(t *testing.T, url string, opts SubscribeOptions) *Subscription {
	t.Helper()
	subscription, err := dial(t, url).Subscribe(within(t), "c", opts)
	if err != nil {
		t.Fatal(err)
	}
	return subscription
}

func next(t *testing.T, s *Subscription) *Message {
	t.Helper()
	message, err := s.Next(within(t))
	if err != nil {
		t.Fatal(err)
	}
	return message
}

func idle(p *peer) {
	p.say(welcome)
	p.untilClosed()
}

func TestPingsAreAnsweredWhileAHandlerWorks(t *testing.T) {
	id, payload := NewID(), payloadOf(t, 200_000)
	ponged := make(chan string, 1)
	server := startFake(t, idle, func(p *peer) {
		p.say(welcome)
		p.hear("subscribe")
		p.announce(id, payload)
		for at := 0; at < len(payload); at += 50_000 {
			p.chunk(id, int64(at), payload[at:at+50_000], at == 150_000)
		}
		p.SetPongHandler(func(text string) error { ponged <- text; return nil })
		p.WriteMessage(websocket.PingMessage, []byte("are you there"))
		p.untilClosed()
	})
	message := next(t, subscribe(t, server.url(), SubscribeOptions{}))
	select { // nothing of the body was read yet: the handler works
	case text := <-ponged:
		if text != "are you there" {
			t.Error(text)
		}
	case <-within(t).Done():
		t.Error("no pong")
	}
	if body, err := io.ReadAll(message.Body); err != nil || !bytes.Equal(body, payload) {
		t.Errorf("%d bytes, %v", len(body), err)
	}
}

func TestOtherBytesThanAnnouncedAreNotCompleted(t *testing.T) {
	id := NewID()
	answers := make(chan map[string]any, 1)
	server := startFake(t, idle, func(p *peer) {
		p.say(welcome)
		p.hear("subscribe")
		p.announce(id, []byte("announced"))
		p.chunk(id, 0, []byte("different"), true)
		answers <- p.hear("delivered", "retry")
		p.untilClosed()
	})
	message := next(t, subscribe(t, server.url(), SubscribeOptions{}))
	var mismatch *MismatchError
	if body, err := io.ReadAll(message.Body); !errors.As(err, &mismatch) || len(body) != 9 {
		t.Errorf("%q, %v", body, err)
	}
	if err := message.Complete(within(t)); !errors.As(err, &mismatch) {
		t.Errorf("%v", err)
	}
	message.Close()
	if answer := <-answers; answer["type"] != "retry" {
		t.Errorf("%v", answer)
	}
}

func TestRetryTellsTheTimeAndWhatStillComesIsIgnored(t *testing.T) {
	id, second, payload := NewID(), NewID(), payloadOf(t, 300_000)
	server := startFake(t, idle, func(p *peer) {
		p.say(welcome)
		p.hear("subscribe")
		p.announce(id, payload)
		p.chunk(id, 0, payload[:50_000], false)
		if retry := p.hear("retry"); retry["id"] != id.String() || retry["afterMs"] != 1_500.0 {
			t.Errorf("%v", retry)
		}
		p.chunk(id, 50_000, payload[50_000:100_000], false)
		p.chunk(id, 100_000, payload[100_000:150_000], true) // cut short by the server
		p.announce(second, nil)
		p.chunk(second, 0, nil, true)
		if delivered := p.hear("delivered"); delivered["id"] != second.String() {
			t.Errorf("%v", delivered)
		}
		p.untilClosed()
	})
	subscription := subscribe(t, server.url(), SubscribeOptions{BufferBytes: 20_000})
	message := next(t, subscription)
	if err := message.Retry(within(t), 1_500*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	var lost *LostError
	if _, err := message.Body.Read(make([]byte, 1)); !errors.As(err, &lost) {
		t.Errorf("%v", err)
	}
	empty := next(t, subscription)
	if err := empty.Complete(within(t)); err != nil || empty.ID != second {
		t.Errorf("%v, %v", empty.ID, err)
	}
	if err := empty.Complete(within(t)); err != nil {
		t.Errorf("again: %v", err)
	}
	subscription.Close()
}

func TestLostConnectionLosesWhatIsInHandAndSubscribesAnew(t *testing.T) {
	first, second, payload := NewID(), NewID(), []byte("0123456789")
	read := make(chan struct{})
	server := startFake(t, idle, func(p *peer) {
		p.say(welcome)
		p.hear("subscribe")
		p.announce(first, payload)
		p.chunk(first, 0, payload[:5], false)
		<-read
	}, func(p *peer) {
		p.say(welcome)
		p.hear("subscribe")
		p.announce(second, payload)
		p.chunk(second, 0, payload, true)
		p.hear("delivered")
		p.untilClosed()
	})
	subscription := subscribe(t, server.url(), SubscribeOptions{})
	message := next(t, subscription)
	io.ReadFull(message.Body, make([]byte, 5))
	close(read)
	var lost *LostError
	if _, err := io.ReadAll(message.Body); !errors.As(err, &lost) || lost.ID != first {
		t.Errorf("%v", err)
	}
	if again := next(t, subscription); again.ID != second || again.Complete(within(t)) != nil {
		t.Errorf("%+v", again)
	}
}

func TestMessageThatNobodyReadsDoesNotHoldUpAnotherForEver(t *testing.T) {
	slow, quick, payload := NewID(), NewID(), payloadOf(t, 50_000)
	server := startFake(t, idle, func(p *peer) {
		p.say(welcome)
		p.hear("subscribe")
		p.announce(slow, payload)
		p.announce(quick, []byte("quick"))
		p.chunk(slow, 0, payload, true)
		p.chunk(quick, 0, []byte("quick"), true)
		p.untilClosed()
	})
	subscription := subscribe(t, server.url(), SubscribeOptions{InFlight: 2, BufferBytes: 1_000, StallTimeout: 50 * time.Millisecond})
	unread := next(t, subscription)
	if body, err := io.ReadAll(next(t, subscription).Body); err != nil || string(body) != "quick" {
		t.Errorf("%q, %v", body, err)
	}
	var lost *LostError
	if _, err := io.ReadAll(unread.Body); !errors.As(err, &lost) || !strings.Contains(lost.Reason, "nobody read it") {
		t.Errorf("%v", err)
	}
}

func TestRefusedSubscriptionIsTold(t *testing.T) {
	server := startFake(t, idle, func(p *peer) {
		p.say(welcome)
		p.hear("subscribe")
		p.say(`{"type":"error","code":"FORBIDDEN","scope":"frame","retryable":false,"message":"not for you"}`)
		p.untilClosed()
	})
	_, err := subscribe(t, server.url(), SubscribeOptions{}).Next(within(t))
	var why *Error
	if !errors.As(err, &why) || why.Code != "FORBIDDEN" {
		t.Errorf("%v", err)
	}
}

func TestServerThatBreaksTheProtocolLosesItsConnection(t *testing.T) {
	id, payload := NewID(), []byte("0123456789")
	for name, breach := range map[string]func(p *peer){
		"not the next chunk":  func(p *peer) { p.chunk(id, 5, payload[5:], true) },
		"beyond the end":      func(p *peer) { p.chunk(id, 0, append(payload, 'x'), true) },
		"last before the end": func(p *peer) { p.chunk(id, 0, payload[:5], true) },
		"of nobody":           func(p *peer) { p.chunk(NewID(), 0, payload, true) },
		"no frame":            func(p *peer) { p.WriteMessage(websocket.BinaryMessage, payload) },
		"too big a message":   func(p *peer) { p.WriteMessage(websocket.BinaryMessage, make([]byte, 65_537)) },
	} {
		breach, taken := breach, make(chan struct{})
		server := startFake(t, idle, func(p *peer) {
			p.say(welcome)
			p.hear("subscribe")
			p.announce(id, payload)
			<-taken
			breach(p)
			p.untilClosed()
		}, idle)
		message := next(t, subscribe(t, server.url(), SubscribeOptions{}))
		close(taken)
		var lost *LostError
		if _, err := io.ReadAll(message.Body); !errors.As(err, &lost) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestContextEndsWhatItWasGivenTo(t *testing.T) {
	id := NewID()
	server := startFake(t, idle, func(p *peer) {
		p.say(welcome)
		p.hear("subscribe")
		p.announce(id, []byte("0123456789")) // and no chunk
		p.untilClosed()
	})
	client := dial(t, server.url())
	ctx, cancel := context.WithCancel(within(t))
	subscription, err := client.Subscribe(ctx, "c", SubscribeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	message := next(t, subscription)
	short, done := context.WithTimeout(within(t), 20*time.Millisecond)
	defer done()
	if err := message.Complete(short); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	if _, err := subscription.Next(short); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	cancel()
	var lost *LostError
	if _, err := message.Body.Read(make([]byte, 1)); !errors.As(err, &lost) {
		t.Errorf("%v", err)
	}
	if _, err := subscription.Next(within(t)); !errors.Is(err, ErrClosed) {
		t.Errorf("%v", err)
	}
}

func TestNothingRunsOnAfterClose(t *testing.T) {
	server := startFake(t, discarding(1<<20))
	before := runtime.NumGoroutine()
	for i := 0; i < 2; i++ {
		client, err := Dial(within(t), server.url())
		if err != nil {
			t.Fatal(err)
		}
		client.Send(within(t), bytes.NewReader(make([]byte, 3<<20)), SendOptions{})
		client.Send(within(t), onlyReader{bytes.NewReader(make([]byte, 3<<20))}, SendOptions{Gzip: true})
		cancelled, cancel := context.WithCancel(within(t))
		client.Send(cancelled, endless{}, SendOptions{Progress: func(Progress) { cancel() }})
		if _, err := client.Subscribe(within(t), "c", SubscribeOptions{}); err != nil {
			t.Fatal(err)
		}
		second, err := client.Subscribe(within(t), "d", SubscribeOptions{})
		if err != nil {
			t.Fatal(err)
		}
		second.Close()
		client.Close()
		if _, err := client.Send(within(t), strings.NewReader("x"), SendOptions{}); !errors.Is(err, ErrClosed) {
			t.Errorf("%v", err)
		}
	}
	waitForGoroutines(t, before)
}

func TestNothingRunsOnAfterCloseOfASilentServer(t *testing.T) {
	over := make(chan struct{})
	server := startFake(t, func(p *peer) {
		p.say(welcome)
		<-over // reads nothing, not even the close frame
	})
	before := runtime.NumGoroutine()
	client, err := Dial(within(t), server.url(), func(o *options) { o.goodbye = 20 * time.Millisecond })
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		_, err := client.Send(within(t), endless{}, SendOptions{})
		ended <- err
	}()
	started := time.Now()
	client.Close()
	if took := time.Since(started); took > patience-10*time.Second {
		t.Errorf("the reader ended by its deadline only, after %v", took)
	}
	if err := <-ended; !errors.Is(err, ErrClosed) {
		t.Errorf("%v", err)
	}
	close(over)
	waitForGoroutines(t, before)
}

// waitForGoroutines waits, since those of the server end a moment later than the client's.
func waitForGoroutines(t *testing.T, before int) {
	t.Helper()
	for started := time.Now(); runtime.NumGoroutine() > before; time.Sleep(10 * time.Millisecond) {
		if time.Since(started) > time.Minute {
			stacks := make([]byte, 1<<20)
			t.Fatalf("%d goroutines before, %d after:\n%s", before, runtime.NumGoroutine(), stacks[:runtime.Stack(stacks, true)])
		}
	}
}
