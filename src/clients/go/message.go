package reassembly

import (
	"context"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"time"

	"github.com/reassembly/reassembly/src/clients/go/wire"
)

// Message is a received message. It is in hand until it is completed, given back or lost. It may come more than once: ID is the key to
// recognise a repeat by. For one goroutine at a time.
type Message struct {
	ID              ID
	Channel         string
	Size            int64  // bytes as sent
	SHA256          string // of those bytes
	ContentType     string
	ContentEncoding string // gzip, br, or empty
	Headers         map[string]string
	Attempt         int64 // 1 for the first delivery
	// Body is the payload, decompressed where it was compressed with gzip or there is a decoder for it; otherwise as it was sent. It is
	// read once, while it arrives. What was read counts only once io.EOF was reached, since the digest comes last: then Read gives a
	// *MismatchError in place of io.EOF for other bytes than were announced. A *LostError says that the message is no longer in hand.
	Body io.Reader

	delivery *delivery
	sent     *verified
}

func newMessage(d *delivery, options *SubscribeOptions) *Message {
	m := d.message
	sent := &verified{delivery: d, hash: newSHA256()}
	message := &Message{
		ID: m.ID, Channel: m.Channel, Size: m.Size, SHA256: m.SHA256, ContentType: m.ContentType, ContentEncoding: m.ContentEncoding,
		Headers: m.Headers, Attempt: m.Attempt, Body: sent, delivery: d, sent: sent,
	}
	if message.ContentEncoding == "identity" {
		message.ContentEncoding = ""
	}
	if options.Raw || message.ContentEncoding == "" {
		return message
	}
	var plain io.Reader
	if decode := options.Decoders[message.ContentEncoding]; decode != nil {
		plain = &decoding{sent: sent, decode: decode}
	} else if message.ContentEncoding == "gzip" {
		plain = &decoding{sent: sent, decode: gunzip}
	} else {
		return message
	}
	message.Body = &bounded{id: m.ID, plain: plain, sent: sent, left: options.MaxDecompressedBytes, max: options.MaxDecompressedBytes}
	return message
}

// Complete tells the server that this receiver has the message: it is delivered. Reads and verifies first what was not read, so that
// nothing is completed that did not arrive as it was sent. Completing again does nothing.
func (m *Message) Complete(ctx context.Context) error {
	switch m.delivery.getState() {
	case completed:
		return nil
	case givenBack:
		return fmt.Errorf("reassembly: message %v was given back", m.ID)
	}
	m.sent.ctx = ctx
	_, err := io.Copy(io.Discard, m.sent)
	m.sent.ctx = nil
	if err != nil {
		return err
	}
	link := m.delivery.link
	if !link.answer(m.delivery, completed) {
		return m.delivery.errIfLost()
	}
	if err := link.socket.sendNow(ctx, wire.Delivered{ID: m.ID}); err != nil {
		m.delivery.enter(lost, completed, "the answer may not have reached the server: "+err.Error())
		return m.delivery.errIfLost()
	}
	return nil
}

// Retry gives the message back: it will be delivered again, here or elsewhere, and not before the time given (whole milliseconds;
// zero leaves it to the server). Does nothing for a message that is lost or given back already.
func (m *Message) Retry(ctx context.Context, after time.Duration) error {
	if m.delivery.getState() == completed {
		return fmt.Errorf("reassembly: message %v was completed", m.ID)
	}
	retry := wire.Retry{ID: m.ID}
	if after > 0 {
		ms := int64((after + time.Millisecond - 1) / time.Millisecond)
		retry.AfterMs = &ms
	}
	link := m.delivery.link
	if !link.answer(m.delivery, givenBack) {
		return nil
	}
	// Before the answer is written: the reader may wait for room in this buffer, and the server for that reader.
	m.delivery.stopReading()
	if err := link.socket.send(ctx, retry); err != errLost {
		return err
	}
	return nil // it is lost, which also brings it back
}

// Close gives the message back, if it is still in hand, and lets go of its buffer.
func (m *Message) Close() error {
	soon, cancel := context.WithTimeout(context.Background(), m.delivery.link.subscription.client.options.goodbye)
	defer cancel()
	var err error
	if m.delivery.getState() == inHand {
		err = m.Retry(soon, 0)
	}
	m.delivery.stopReading()
	return err
}

// verified is the payload as it was sent. The read that would give the end compares the digest first.
type verified struct {
	delivery *delivery
	hash     hash.Hash
	position int64
	err      error
	ctx      context.Context // ends a wait, where there is one
}

func (v *verified) Read(p []byte) (int, error) {
	if len(p) == 0 || v.err != nil {
		return 0, v.err
	}
	if v.position == v.delivery.message.Size {
		v.err = v.verify()
		return 0, v.err
	}
	for {
		n, err := v.delivery.get(p)
		if err != nil {
			return 0, err
		}
		if n > 0 {
			v.hash.Write(p[:n])
			v.position += int64(n)
			return n, nil
		}
		var cancelled <-chan struct{}
		if v.ctx != nil {
			cancelled = v.ctx.Done()
		}
		select {
		case <-v.delivery.data:
		case <-cancelled:
			return 0, v.ctx.Err()
		}
	}
}

func (v *verified) verify() error {
	if err := v.delivery.errIfLost(); err != nil {
		return err
	}
	m := v.delivery.message
	if digest := hex.EncodeToString(v.hash.Sum(nil)); digest != m.SHA256 {
		return &MismatchError{ID: m.ID, Reason: fmt.Sprintf("it arrived with SHA-256 %s, the server says %s", digest, m.SHA256)}
	}
	return io.EOF
}
