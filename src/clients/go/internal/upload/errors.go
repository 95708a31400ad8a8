package upload

import (
	"fmt"
	"time"

	"github.com/reassembly/reassembly/src/clients/go/wire"
)

// NoProgressError says that nothing became durable for as long as the send was to go on trying.
type NoProgressError struct {
	ID      wire.ID
	Durable int64
	After   time.Duration
	Last    *wire.Error // the last thing that the server refused, if any
}

func (e *NoProgressError) Error() string {
	said := ""
	if e.Last != nil {
		said = "; the server's last word: " + e.Last.Error()
	}
	return fmt.Sprintf("message %v: nothing became durable for %v, %d bytes are%s", e.ID, e.After, e.Durable, said)
}

// Unwrap gives the last thing that the server refused.
func (e *NoProgressError) Unwrap() error {
	if e.Last == nil {
		return nil
	}
	return e.Last
}

// NotReplayableError says that bytes are needed again which the reader gave already.
type NotReplayableError struct {
	ID             wire.ID
	Needed, Oldest int64
}

func (e *NotReplayableError) Error() string {
	return fmt.Sprintf("message %v must go on at byte %d, and its reader can go back to byte %d only", e.ID, e.Needed, e.Oldest)
}

// MismatchError says that this payload is not what the server has under that id.
type MismatchError struct {
	ID     wire.ID
	Reason string
}

func (e *MismatchError) Error() string { return fmt.Sprintf("message %v: %s", e.ID, e.Reason) }
