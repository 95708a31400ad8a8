package reassembly

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func payloadOf(t *testing.T, size int) []byte {
	t.Helper()
	seed := time.Now().UnixNano()
	t.Logf("seed %d", seed)
	payload := make([]byte, size)
	rand.New(rand.NewSource(seed)).Read(payload)
	return payload
}

func digestOf(payload []byte) string {
	sum := sha256.Sum256(payload)
	return hex.EncodeToString(sum[:])
}

func dial(t *testing.T, url string, opts ...Option) *Client {
	t.Helper()
	client, err := Dial(within(t), url, append([]Option{WithBackoff(10*time.Millisecond, 200*time.Millisecond)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

// receive receives one message; others may come again, since each comes at least once.
func receive(t *testing.T, subscription *Subscription, id ID) (*Message, []byte) {
	t.Helper()
	for {
		message := next(t, subscription)
		body, err := io.ReadAll(message.Body)
		if err != nil {
			t.Fatal(err)
		}
		if err := message.Complete(within(t)); err != nil {
			t.Fatal(err)
		}
		if message.ID == id {
			return message, body
		}
	}
}

// onlyReader hides everything but Read.
type onlyReader struct{ io.Reader }

// onlySeeker hides ReadAt.
type onlySeeker struct{ io.ReadSeeker }

func TestPayloadsOfAllSizesAndKindsArriveAsTheyWereSent(t *testing.T) {
	server := startServer(t)
	client := dial(t, server.url())
	subscription, err := client.Subscribe(within(t), "sizes", SubscribeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{0, 1, 1023, 65_487, 65_488, 65_489, 131_000, 3_000_000} {
		payload := payloadOf(t, size)
		file := filepath.Join(t.TempDir(), "payload")
		if err := os.WriteFile(file, payload, 0o600); err != nil {
			t.Fatal(err)
		}
		opened, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		for kind, reader := range map[string]io.Reader{
			"file": opened, "bytes": bytes.NewReader(payload), "seeker": onlySeeker{bytes.NewReader(payload)},
			"section": io.NewSectionReader(bytes.NewReader(append([]byte("xx"), payload...)), 2, int64(size)),
			"reader":  onlyReader{bytes.NewReader(payload)}, "buffer": bytes.NewBuffer(payload),
		} {
			outcome, err := client.Send(within(t), reader, SendOptions{Channel: "sizes", ContentType: "x/" + kind, Headers: map[string]string{"a": kind}})
			if err != nil {
				t.Fatalf("%s of %d bytes: %v", kind, size, err)
			}
			if outcome.Size != int64(size) || outcome.SHA256 != digestOf(payload) || outcome.SentBytes != int64(size) || outcome.Connections != 1 {
				t.Errorf("%s of %d bytes: %+v", kind, size, outcome)
			}
			message, body := receive(t, subscription, outcome.ID)
			if !bytes.Equal(body, payload) || message.ContentType != "x/"+kind || message.Headers["a"] != kind {
				t.Errorf("%s of %d bytes arrived as %+v", kind, size, message)
			}
		}
		opened.Close()
	}
}

func TestReaderIsSentFromWhereItStands(t *testing.T) {
	server := startServer(t)
	client := dial(t, server.url())
	reader := strings.NewReader("skip this, send that")
	reader.Seek(11, io.SeekStart)
	outcome, err := client.Send(within(t), reader, SendOptions{})
	if err != nil || outcome.SHA256 != digestOf([]byte("send that")) {
		t.Errorf("%+v, %v", outcome, err)
	}
}

func TestConnectionsCutMidwayCostOnlyWhatWasNotAcked(t *testing.T) {
	server := startServer(t)
	payload := payloadOf(t, 24<<20)
	for kind, reader := range map[string]io.Reader{"placed": bytes.NewReader(payload), "once": onlyReader{bytes.NewReader(payload)}} {
		proxy := startProxy(t, server.port, 5<<20, 9<<20+12_345, 1_000)
		client := dial(t, proxy.url(), WithMaxUnackedBytes(1<<20))
		var losses int
		outcome, err := client.Send(within(t), reader, SendOptions{Progress: func(p Progress) {
			if p.Err != nil {
				losses++
			}
		}})
		if err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		if outcome.SHA256 != digestOf(payload) || proxy.connections() < 3 || outcome.Connections < 3 || losses < 2 {
			t.Errorf("%s: %+v over %d connections, %d losses told", kind, outcome, proxy.connections(), losses)
		}
		if outcome.SentBytes-outcome.ResentBytes != outcome.Size || outcome.ResentBytes > 3<<20 {
			t.Errorf("%s: %d bytes sent, %d of them again", kind, outcome.SentBytes, outcome.ResentBytes)
		}
		client.Close()
	}
}

func TestServerKilledMidwayGoesOnAfterItsRestart(t *testing.T) {
	server := startServer(t)
	payload := payloadOf(t, 48<<20)
	for kind, reader := range map[string]io.Reader{"placed": bytes.NewReader(payload), "once": onlyReader{bytes.NewReader(payload)}} {
		client := dial(t, server.url(), WithMaxUnackedBytes(1<<20))
		killed := false
		outcome, err := client.Send(within(t), reader, SendOptions{Progress: func(p Progress) {
			if !killed && p.Durable > 8<<20 {
				killed = true
				server.kill()
				server.start()
			}
		}})
		if err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		if !killed || outcome.SHA256 != digestOf(payload) || outcome.Connections < 2 || outcome.SentBytes > outcome.Size+4<<20 {
			t.Errorf("%s: %+v, killed %v", kind, outcome, killed)
		}
		client.Close()
	}
}

func TestSendOfAKnownIDGoesOnWhereAnotherProcessStopped(t *testing.T) {
	server := startServer(t)
	payload := payloadOf(t, 12<<20)
	id := NewID()
	first := dial(t, server.url(), WithMaxUnackedBytes(1<<20))
	ctx, cancel := context.WithCancel(within(t))
	_, err := first.Send(ctx, bytes.NewReader(payload), SendOptions{ID: id, Progress: func(p Progress) {
		if p.Durable > 4<<20 {
			first.cancel() // as if the process had ended: nothing is aborted
		}
	}})
	cancel()
	if !errors.Is(err, ErrClosed) {
		t.Fatal(err)
	}
	first.Close()
	second := dial(t, server.url())
	for kind, reader := range map[string]io.Reader{"once": onlyReader{bytes.NewReader(payload)}, "placed": bytes.NewReader(payload)} {
		outcome, err := second.Send(within(t), reader, SendOptions{ID: id})
		if err != nil || outcome.SHA256 != digestOf(payload) || outcome.SentBytes > outcome.Size-4<<20 {
			t.Errorf("%s: %+v, %v", kind, outcome, err)
		}
	}
	for _, reader := range []io.Reader{strings.NewReader("something else"), bytes.NewReader(make([]byte, 12<<20)), endless{}} {
		var mismatch *MismatchError
		if _, err := second.Send(within(t), reader, SendOptions{ID: id}); !errors.As(err, &mismatch) {
			t.Errorf("another payload was taken for the same message: %v", err)
		}
	}
}

func TestManyMessagesShareOneConnection(t *testing.T) {
	server := startServer(t)
	proxy := startProxy(t, server.port)
	client := dial(t, proxy.url())
	payload := payloadOf(t, 2<<20)
	var all sync.WaitGroup
	for i := 0; i < 16; i++ {
		all.Add(1)
		go func(part []byte) {
			defer all.Done()
			outcome, err := client.Send(within(t), bytes.NewReader(part), SendOptions{})
			if err != nil || outcome.SHA256 != digestOf(part) {
				t.Errorf("%+v, %v", outcome, err)
			}
		}(payload[i*100_000:])
	}
	all.Wait()
	if proxy.connections() != 1 {
		t.Errorf("%d connections", proxy.connections())
	}
}

func TestGzipIsUndoneUpToItsCap(t *testing.T) {
	server := startServer(t)
	client := dial(t, server.url())
	text := bytes.Repeat([]byte("a line that repeats itself\n"), 200_000)
	outcome, err := client.Send(within(t), bytes.NewReader(text), SendOptions{Channel: "zip", Gzip: true})
	if err != nil || outcome.Size > int64(len(text)/50) {
		t.Fatalf("%+v, %v", outcome, err)
	}
	subscription, err := client.Subscribe(within(t), "zip", SubscribeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if message, body := receive(t, subscription, outcome.ID); !bytes.Equal(body, text) || message.ContentEncoding != "gzip" || message.Size != outcome.Size {
		t.Errorf("%d bytes arrived, %+v", len(body), message)
	}
	client.Send(within(t), bytes.NewReader(text), SendOptions{Channel: "zip2", Gzip: true})
	subscription, err = client.Subscribe(within(t), "zip2", SubscribeOptions{MaxDecompressedBytes: int64(len(text)) - 1})
	if err != nil {
		t.Fatal(err)
	}
	message := next(t, subscription)
	defer message.Close()
	var tooBig *TooBigError
	if n, err := io.Copy(io.Discard, message.Body); !errors.As(err, &tooBig) || n >= int64(len(text)) {
		t.Errorf("%d bytes, then %v", n, err)
	}
}

func TestTooBigAMessageIsRejectedWithItsLimit(t *testing.T) {
	server := startServer(t, "--Reassembly:Limits:MessageBytes", "100000")
	client := dial(t, server.url())
	for kind, reader := range map[string]io.Reader{
		"placed": bytes.NewReader(make([]byte, 100_001)), "once": onlyReader{bytes.NewReader(make([]byte, 100_001))},
	} {
		_, err := client.Send(within(t), reader, SendOptions{})
		var outcome *OutcomeError
		var why *Error
		if !errors.As(err, &outcome) || outcome.State != "rejected" || !errors.As(err, &why) || why.Code != "MESSAGE_TOO_BIG" || why.Limit.Max != 100_000 {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

func TestDigestIsHeldToByWhomItIsLeftTo(t *testing.T) {
	server := startServer(t)
	client := dial(t, server.url())
	_, err := client.Send(within(t), strings.NewReader("these bytes"), SendOptions{SHA256: digestOf([]byte("other bytes"))})
	var why *Error
	if !errors.As(err, &why) || why.Code != "DIGEST_MISMATCH" {
		t.Errorf("%v", err)
	}
	digest := digestOf([]byte("these bytes"))
	for _, opts := range []SendOptions{{SHA256: digest}, {CheckDigest: CheckNever}} {
		for _, reader := range []io.Reader{strings.NewReader("these bytes"), onlyReader{strings.NewReader("these bytes")}} {
			if outcome, err := client.Send(within(t), reader, opts); err != nil || outcome.SHA256 != digest || outcome.Size != 11 {
				t.Errorf("%+v: %+v, %v", opts, outcome, err)
			}
		}
	}
}

func TestCancelledSendIsAbortedAtTheServer(t *testing.T) {
	server := startServer(t)
	client := dial(t, server.url(), WithMaxUnackedBytes(65_536))
	ctx, cancel := context.WithCancel(within(t))
	id := NewID()
	never, writer := io.Pipe()
	defer never.Close()
	go writer.Write(make([]byte, 200_000))
	_, err := client.Send(ctx, never, SendOptions{ID: id, Progress: func(p Progress) {
		if p.Durable > 0 && p.Err == nil {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("%v", err)
	}
	// The same bytes: what the server has acknowledged before the abort may still be on its way.
	_, err = client.Send(within(t), bytes.NewReader(make([]byte, 200_000)), SendOptions{ID: id})
	var outcome *OutcomeError
	if !errors.As(err, &outcome) || outcome.State != "aborted" {
		t.Errorf("%v", err)
	}
}

func TestReadErrorEndsTheSend(t *testing.T) {
	server := startServer(t)
	client := dial(t, server.url())
	broken := errors.New("the disk is gone")
	_, err := client.Send(within(t), io.MultiReader(strings.NewReader("some bytes"), failing{broken}), SendOptions{})
	if !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestDialTellsWhyItCannot(t *testing.T) {
	server := startServer(t)
	for url, want := range map[string]string{
		fmt.Sprintf("ws://127.0.0.1:%d/nowhere", server.port): "404",
		fmt.Sprintf("ws://127.0.0.1:%d/raw", server.port):     "subprotocol",
		"http://127.0.0.1": "malformed ws or wss URL",
	} {
		if client, err := Dial(within(t), url); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %v", url, client, err)
		}
	}
}
