package wire

import "encoding/json"

// Hello says what this client takes.
type Hello struct {
	ReceiveFrameBytes int    `json:"receiveFrameBytes"`
	Client            string `json:"client,omitempty"`
}

// Open says what a message is. Empty fields take the server's defaults.
type Open struct {
	ID              ID                `json:"id"`
	Size            *int64            `json:"size,omitempty"`
	SHA256          string            `json:"sha256,omitempty"`
	Channel         string            `json:"channel,omitempty"`
	ContentType     string            `json:"contentType,omitempty"`
	ContentEncoding string            `json:"contentEncoding,omitempty"`
	Headers         map[string]string `json:"headers,omitempty"`
	TTLSeconds      int64             `json:"ttlSeconds,omitempty"`
}

// Status asks where a message stands.
type Status struct {
	ID ID `json:"id"`
}

// Abort gives a message up.
type Abort struct {
	ID ID `json:"id"`
}

// Subscribe asks for the messages of a channel.
type Subscribe struct {
	Channel  string `json:"channel"`
	InFlight int    `json:"inFlight"`
}

// Delivered says that a message has arrived.
type Delivered struct {
	ID ID `json:"id"`
}

// Retry gives a message back; AfterMs nil leaves the wait to the server.
type Retry struct {
	ID      ID     `json:"id"`
	AfterMs *int64 `json:"afterMs,omitempty"`
}

// Ping asks for a Pong with the same nonce.
type Ping struct {
	Nonce int64 `json:"nonce"`
}

// ClientMessage is control text from client to server: one of the messages above.
type ClientMessage interface{ kind() string }

func (Hello) kind() string     { return "hello" }
func (Open) kind() string      { return "open" }
func (Status) kind() string    { return "status" }
func (Abort) kind() string     { return "abort" }
func (Subscribe) kind() string { return "subscribe" }
func (Delivered) kind() string { return "delivered" }
func (Retry) kind() string     { return "retry" }
func (Ping) kind() string      { return "ping" }

// ClientText writes a control message.
func ClientText(message ClientMessage) []byte {
	fields, err := json.Marshal(message)
	if err != nil {
		panic("reassembly: " + err.Error()) // the types above cannot fail
	}
	text := append([]byte(`{"type":"`), message.kind()...)
	text = append(text, `",`...)
	return append(text, fields[1:]...)
}
