package wire

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"time"
)

// ID names a message: a UUID in the byte order of RFC 9562.
type ID [16]byte

// NewID makes a UUID of version 7: ids made later sort later.
func NewID() ID {
	var id ID
	if _, err := rand.Read(id[6:]); err != nil {
		panic("reassembly: the system gives no random bytes: " + err.Error())
	}
	ms := uint64(time.Now().UnixMilli())
	for i := 0; i < 6; i++ {
		id[i] = byte(ms >> (40 - 8*i))
	}
	id[6] = id[6]&0x0f | 0x70
	id[8] = id[8]&0x3f | 0x80
	return id
}

// ParseID reads the canonical text of a UUID: lower case, with its four hyphens.
func ParseID(text string) (ID, error) {
	var id ID
	if len(text) != 36 {
		return ID{}, badID(text)
	}
	at := 0
	for i := 0; i < len(text); i++ {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if text[i] != '-' {
				return ID{}, badID(text)
			}
			continue
		}
		digit, ok := lowerHexDigit(text[i])
		if !ok {
			return ID{}, badID(text)
		}
		id[at/2] = id[at/2]<<4 | digit
		at++
	}
	return id, nil
}

// String gives the canonical text.
func (id ID) String() string {
	var text [36]byte
	hex.Encode(text[0:8], id[0:4])
	hex.Encode(text[9:13], id[4:6])
	hex.Encode(text[14:18], id[6:8])
	hex.Encode(text[19:23], id[8:10])
	hex.Encode(text[24:36], id[10:16])
	text[8], text[13], text[18], text[23] = '-', '-', '-', '-'
	return string(text[:])
}

// MarshalText writes the canonical text.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads the canonical text.
func (id *ID) UnmarshalText(text []byte) (err error) {
	*id, err = ParseID(string(text))
	return err
}

// IsLowerHex tells whether text consists of count lower-case hex digits.
func IsLowerHex(text string, count int) bool {
	if len(text) != count {
		return false
	}
	for i := 0; i < len(text); i++ {
		if _, ok := lowerHexDigit(text[i]); !ok {
			return false
		}
	}
	return true
}

func lowerHexDigit(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	}
	return 0, false
}

func badID(text string) error {
	if len(text) > 64 {
		text = text[:64] + "..."
	}
	return fmt.Errorf("%q is not a UUID in canonical lower case", text)
}
