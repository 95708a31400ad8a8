package reassembly

import (
	"errors"
	"math"
	"time"

	"github.com/reassembly/reassembly/src/clients/go/wire"
)

// SendOptions say what a message is. The zero value is fine.
type SendOptions struct {
	// ID names the message. With an id of its own a send asks the server first where that message stands and sends only what is
	// missing: so an interrupted send goes on in another process. Zero: a new one.
	ID ID
	// Channel is where it is delivered, 1 to 255 characters; "default" where empty.
	Channel string
	// ContentType is a media type; handed on, never interpreted.
	ContentType string
	// Headers are handed on, never interpreted.
	Headers map[string]string
	// TimeToLive can only shorten the server's own limit; whole seconds, rounded up. Zero: the server's limit.
	TimeToLive time.Duration
	// Gzip compresses before cutting; the size is then not known before the end.
	Gzip bool
	// ContentEncoding says how the payload is compressed already: gzip or br. Brotli is not in the standard library; give a payload
	// that a library of your choice has compressed.
	ContentEncoding string
	// SHA256 announces the digest of the payload as it is sent, 64 lower-case hex digits: the server refuses other bytes.
	SHA256 string
	// CheckDigest says whether a SHA-256 is computed here too and compared with what was committed.
	CheckDigest DigestCheck
	// Progress hears of durable bytes and lost connections, in the goroutine of Send. Nil: nobody does.
	Progress func(Progress)
}

func (o *SendOptions) validate() error {
	switch {
	case o.Gzip && o.ContentEncoding != "":
		return errors.New("reassembly: give Gzip or the ContentEncoding of an already compressed payload, not both")
	case o.Gzip && o.SHA256 != "":
		return errors.New("reassembly: a digest announced up front is that of the bytes sent, which Gzip changes")
	case o.ContentEncoding != "" && o.ContentEncoding != "gzip" && o.ContentEncoding != "br" && o.ContentEncoding != "identity":
		return errors.New("reassembly: ContentEncoding must be gzip, br or identity")
	case o.SHA256 != "" && !wire.IsLowerHex(o.SHA256, 64):
		return errors.New("reassembly: SHA256 must be 64 lower-case hex digits")
	case o.CheckDigest < CheckAsUseful || o.CheckDigest > CheckNever:
		return errors.New("reassembly: CheckDigest must be CheckAsUseful, CheckAlways or CheckNever")
	case o.TimeToLive < 0:
		return errors.New("reassembly: TimeToLive must not be below zero")
	}
	return nil
}

// DigestCheck says when Send computes the SHA-256 of a payload to compare it with that of the committed message. The server has
// checked the CRC-32C of every chunk by then and computed its own SHA-256, which Outcome carries. What the comparison finds besides
// is another payload under the same id, and one that changed while it was sent.
type DigestCheck int

const (
	// CheckAsUseful compares every payload of at most 16 MiB as it is sent, and larger ones where the send has an ID of its own, so
	// that part of the message may have come from elsewhere; none with SHA256, which the server compares. On a fast network SHA-256 is
	// what a large send takes longest for.
	CheckAsUseful DigestCheck = iota
	// CheckAlways compares every payload.
	CheckAlways
	// CheckNever compares none.
	CheckNever
)

const usefulDigestBytes = 16 << 20

// hashedBytes is the size of the largest payload whose digest is computed here; -1 where none is.
func (o *SendOptions) hashedBytes() int64 {
	switch {
	case o.CheckDigest == CheckAlways:
		return math.MaxInt64
	case o.SHA256 != "" || o.CheckDigest == CheckNever:
		return -1
	case o.ID != (ID{}):
		return math.MaxInt64
	}
	return usefulDigestBytes
}

func (o *SendOptions) message() wire.Open {
	open := wire.Open{
		ID: o.ID, SHA256: o.SHA256, Channel: o.Channel, ContentType: o.ContentType, ContentEncoding: o.ContentEncoding, Headers: o.Headers,
		TTLSeconds: int64((o.TimeToLive + time.Second - 1) / time.Second),
	}
	if o.Gzip {
		open.ContentEncoding = "gzip"
	}
	if open.ID == (ID{}) {
		open.ID = wire.NewID()
	}
	return open
}

// Progress is where a send stands.
type Progress struct {
	ID          ID
	Size        int64 // bytes as sent (after compression); -1 while unknown
	Durable     int64 // bytes from the beginning that the server will not lose
	SentBytes   int64 // payload bytes handed to connections, those sent again included
	Connections int   // connections used so far
	Err         error // why there is no connection right now, or what the server refused and is sent again; nil otherwise
}

// Outcome is a committed message.
type Outcome struct {
	ID          ID
	Size        int64  // bytes as sent
	SHA256      string // of those bytes
	SentBytes   int64  // payload bytes handed to connections, those sent again included
	ResentBytes int64  // those sent again
	Chunks      int64
	Connections int // connections used
}
