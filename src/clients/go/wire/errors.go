package wire

import "fmt"

// Code says what is wrong; see the table of the wire specification.
type Code string

// The codes of reassembly.v1.
const (
	BadJSON        Code = "BAD_JSON"
	UnknownType    Code = "UNKNOWN_TYPE"
	BadFrame       Code = "BAD_FRAME"
	FrameTooBig    Code = "FRAME_TOO_BIG"
	MessageTooBig  Code = "MESSAGE_TOO_BIG"
	ChunkTooSmall  Code = "CHUNK_TOO_SMALL"
	CRCMismatch    Code = "CRC_MISMATCH"
	SizeConflict   Code = "SIZE_CONFLICT"
	DataConflict   Code = "DATA_CONFLICT"
	OpenConflict   Code = "OPEN_CONFLICT"
	DigestMismatch Code = "DIGEST_MISMATCH"
	UnknownMessage Code = "UNKNOWN_MESSAGE"
	TooManyOpen    Code = "TOO_MANY_OPEN"
	QuotaExceeded  Code = "QUOTA_EXCEEDED"
	Overloaded     Code = "OVERLOADED"
	NotDurable     Code = "NOT_DURABLE"
	Expired        Code = "EXPIRED"
	Unauthorized   Code = "UNAUTHORIZED"
	Forbidden      Code = "FORBIDDEN"
)

var codes = setOf(
	BadJSON, UnknownType, BadFrame, FrameTooBig, MessageTooBig, ChunkTooSmall, CRCMismatch, SizeConflict, DataConflict, OpenConflict,
	DigestMismatch, UnknownMessage, TooManyOpen, QuotaExceeded, Overloaded, NotDurable, Expired, Unauthorized, Forbidden)

// Scope says what an error is about.
type Scope string

// The scopes of reassembly.v1.
const (
	ScopeFrame      Scope = "frame"
	ScopeMessage    Scope = "message"
	ScopeConnection Scope = "connection"
)

// Limit says which limit was passed, its value, what came, and which hop keeps it.
type Limit struct {
	Name   string `json:"name,omitempty"`
	Max    int64  `json:"max"`
	Actual int64  `json:"actual"`
	Hop    string `json:"hop,omitempty"`
}

// Error is what is wrong with a frame, a control message, or, as the server's `error`, with what this client sent.
type Error struct {
	Code         Code
	Scope        Scope
	ID           *ID
	Retryable    bool
	RetryAfterMs int64
	Limit        *Limit
	Message      string
}

// Error gives the sentence for a person, behind the code.
func (e *Error) Error() string { return fmt.Sprintf("%s: %s", e.Code, e.Message) }

func frameError(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Scope: ScopeFrame, Message: fmt.Sprintf(format, args...)}
}

func setOf(all ...Code) map[Code]bool {
	set := make(map[Code]bool, len(all))
	for _, code := range all {
		set[code] = true
	}
	return set
}
