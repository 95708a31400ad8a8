package reassembly

import (
	"errors"
	"fmt"

	"github.com/reassembly/reassembly/src/clients/go/internal/upload"
	"github.com/reassembly/reassembly/src/clients/go/wire"
)

// ErrClosed says that the Client or Subscription was closed.
var ErrClosed = errors.New("reassembly: closed")

type (
	// ID names a message: a UUID.
	ID = wire.ID
	// Limits are what a server takes: sizes in bytes, times in seconds.
	Limits = wire.Limits
	// Error is what a server refused, with its code and, where a limit was passed, which.
	Error = wire.Error
	// NoProgressError says that nothing became durable for as long as a send was to go on trying.
	NoProgressError = upload.NoProgressError
	// NotReplayableError says that bytes are needed again which a plain reader gave already.
	NotReplayableError = upload.NotReplayableError
	// MismatchError says that bytes are not those that were announced, or not those that the server has under that id.
	MismatchError = upload.MismatchError
)

// NewID makes a UUID of version 7.
func NewID() ID { return wire.NewID() }

// ParseID reads a UUID in canonical lower case.
func ParseID(text string) (ID, error) { return wire.ParseID(text) }

// OutcomeError says that a message has ended without being committed.
type OutcomeError struct {
	ID    ID
	State wire.State // rejected, expired or aborted
	Err   *Error     // why, where the server said so
}

func (e *OutcomeError) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("message %v was %s", e.ID, e.State)
	}
	return fmt.Sprintf("message %v was %s: %v", e.ID, e.State, e.Err)
}

// Unwrap gives the server's reason.
func (e *OutcomeError) Unwrap() error {
	if e.Err == nil {
		return nil
	}
	return e.Err
}

// ConnectError says that a server was not reached, refused, or does not speak reassembly.v1.
type ConnectError struct {
	URL   string
	Final bool // another attempt would end the same way
	Err   error
}

func (e *ConnectError) Error() string { return fmt.Sprintf("%s: %v", e.URL, e.Err) }

// Unwrap gives the reason.
func (e *ConnectError) Unwrap() error { return e.Err }

// LostError says that a received message is no longer in hand: it will be delivered again, here or elsewhere.
type LostError struct {
	ID     ID
	Reason string
}

func (e *LostError) Error() string {
	return fmt.Sprintf("message %v is no longer in hand: %s", e.ID, e.Reason)
}

// TooBigError says that decompression made more than SubscribeOptions.MaxDecompressedBytes.
type TooBigError struct {
	ID  ID
	Max int64
}

func (e *TooBigError) Error() string {
	return fmt.Sprintf("message %v decompresses to more than %d bytes", e.ID, e.Max)
}

// errLost says that a connection has ended; why is told by the connection itself.
var errLost = errors.New("reassembly: the connection is lost")
