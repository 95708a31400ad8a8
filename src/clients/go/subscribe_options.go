package reassembly

import (
	"errors"
	"io"
	"time"
)

// SubscribeOptions say how messages are received. The zero value is fine.
type SubscribeOptions struct {
	// InFlight is how many messages may be in hand at once; 1 where zero. With more than one, chunks of several messages come
	// interleaved over one connection: read their bodies at the same time, each in its own goroutine.
	InFlight int
	// BufferBytes of one message are kept in memory ahead of its reader; 1 MiB where zero. When they are full, the socket is not read,
	// and the server waits.
	BufferBytes int
	// StallTimeout is how long a full buffer that nobody reads may hold up others who wait for bytes of another message or for the next
	// one; 30 s where zero. Then that message is given back, and its Body fails with a *LostError. With one message in flight nobody
	// waits, and a pause may take as long as the server's delivery timeout allows.
	StallTimeout time.Duration
	// Raw leaves compressed payloads compressed.
	Raw bool
	// MaxDecompressedBytes is the most that decompression of one payload may make; 1 GiB where zero.
	MaxDecompressedBytes int64
	// Decoders undo content encodings that the standard library does not know, by name. For Brotli with andybalholm/brotli:
	//
	//	"br": func(r io.Reader) (io.Reader, error) { return brotli.NewReader(r), nil }
	Decoders map[string]func(io.Reader) (io.Reader, error)
}

func (o *SubscribeOptions) complete() error {
	if o.InFlight < 0 || o.BufferBytes < 0 || o.StallTimeout < 0 || o.MaxDecompressedBytes < 0 {
		return errors.New("reassembly: InFlight, BufferBytes, StallTimeout and MaxDecompressedBytes must not be below zero")
	}
	if o.InFlight == 0 {
		o.InFlight = 1
	}
	if o.BufferBytes == 0 {
		o.BufferBytes = 1 << 20
	}
	if o.StallTimeout == 0 {
		o.StallTimeout = 30 * time.Second
	}
	if o.MaxDecompressedBytes == 0 {
		o.MaxDecompressedBytes = 1 << 30
	}
	return nil
}
