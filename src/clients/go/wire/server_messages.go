package wire

import (
	"encoding/json"
	"time"
)

// ServerMessage is one of *Welcome, *Ack, *Outcome, *Error, *GoAway, *Delivery and *Pong.
type ServerMessage any

// Limits of a server: sizes in bytes, times in seconds.
type Limits struct {
	FrameBytes, ChunkBytes, MinChunkBytes, MessageBytes, OpenMessages, WindowBytes int64
	IdleSeconds, MessageSeconds, RetentionSeconds                                  int64
}

// Welcome is the first message of every connection.
type Welcome struct {
	Protocol, Connection, Node, Durability string
	Limits                                 Limits
}

// Range is bytes from From up to, but without, To.
type Range struct{ From, To int64 }

// Ack says where an open message stands.
type Ack struct {
	ID        ID
	Durable   int64
	Missing   []Range
	Credit    int64
	ExpiresAt time.Time // zero where it was not said
}

// State is how a message ended.
type State string

// The states of reassembly.v1.
const (
	Committed    State = "committed"
	Rejected     State = "rejected"
	StateExpired State = "expired"
	Aborted      State = "aborted"
)

// Outcome is the last word about a message.
type Outcome struct {
	ID     ID
	State  State
	Size   int64  // -1 where it was not said
	SHA256 string // empty where it was not said
	Error  *Error // code, message and limit only
}

// GoAway asks the client to go on elsewhere.
type GoAway struct {
	Reason  string
	GraceMs int64
}

// Delivery announces a message to a subscriber.
type Delivery struct {
	ID              ID
	Channel         string
	Size            int64
	SHA256          string
	ContentType     string
	ContentEncoding string
	Headers         map[string]string
	Attempt         int64
}

// Pong answers a ping.
type Pong struct{ Nonce json.RawMessage }
