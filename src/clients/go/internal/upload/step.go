package upload

import (
	"time"

	"github.com/reassembly/reassembly/src/clients/go/wire"
)

// Source is what the payload can give right now: bytes from Oldest up to Available, and whether Available is its end.
type Source struct {
	Oldest, Available int64
	Ended             bool
}

// Link is what the current connection takes.
type Link struct {
	MinChunk, MaxChunk, Window int64
	Idle                       time.Duration // without a sign of the sender for so long the server lets a message expire
}

// Times are what an upload lives by.
type Times struct {
	Ack        time.Duration // silence about bytes on their way after which the server is asked
	GiveUp     time.Duration // how long to go on while nothing becomes durable
	MaxUnacked int64         // bytes that may be sent and not yet durable
}

// Kind of a Step.
type Kind int

// What to do next.
const (
	Wait   Kind = iota // for something to arrive, or until Step.Until
	Open               // send open
	Ask                // send status
	Send               // send a chunk
	Finish             // the outcome is there
	Fail               // give up with Step.Err
)

// Step is what an upload wants done next.
type Step struct {
	Kind     Kind
	Until    time.Duration // of Wait
	Piece    wire.Range    // of Send
	Last     bool          // of Send
	Sequence uint32        // of Send
	Err      error         // of Fail
}
