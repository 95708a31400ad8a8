package wire

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"
	"unicode/utf8"
)

const maxDepth = 16

// object reads the fields of one JSON object by their exact names (encoding/json would take ID for id) and keeps the first thing
// that is wrong.
type object struct {
	fields map[string]json.RawMessage
	twice  map[string]bool
	err    *Error
}

func readObject(text []byte) (*object, *Error) {
	if !utf8.Valid(text) || !json.Valid(text) || deeperThan(text, maxDepth) {
		return nil, frameError(BadJSON, "not a JSON text in UTF-8, or too deep")
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	if begin, _ := decoder.Token(); begin != json.Delim('{') {
		return nil, frameError(BadJSON, "not one JSON object")
	}
	o := &object{fields: map[string]json.RawMessage{}, twice: map[string]bool{}}
	for decoder.More() {
		token, err := decoder.Token()
		name, _ := token.(string)
		var value json.RawMessage
		if err == nil {
			err = decoder.Decode(&value)
		}
		if err != nil {
			return nil, frameError(BadJSON, "%v", err)
		}
		if _, known := o.fields[name]; known {
			o.twice[name] = true
		}
		o.fields[name] = value
	}
	return o, nil
}

func deeperThan(text []byte, max int) bool {
	depth, inString := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			if depth++; depth > max {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}

func (o *object) fail(name string) {
	if o.err == nil {
		o.err = frameError(BadJSON, "field %q is missing or malformed", name)
	}
}

// value gives a field that is there; null is the same as absent.
func (o *object) value(name string) (json.RawMessage, bool) {
	if o.twice[name] {
		o.fail(name)
	}
	value, there := o.fields[name]
	return value, there && string(value) != "null"
}

func (o *object) needed(name string) json.RawMessage {
	value, there := o.value(name)
	if !there {
		o.fail(name)
	}
	return value
}

func (o *object) text(name string) string {
	value, there := o.value(name)
	if !there {
		return ""
	}
	var text string
	if value[0] != '"' || json.Unmarshal(value, &text) != nil {
		o.fail(name)
	}
	return text
}

func (o *object) neededText(name string) string {
	o.needed(name)
	return o.text(name)
}

// number gives a whole number from 0 to 2^53 - 1, or otherwise where the field is absent.
func (o *object) number(name string, otherwise int64) int64 {
	value, there := o.value(name)
	if !there {
		return otherwise
	}
	number, ok := wholeNumber(value)
	if !ok {
		o.fail(name)
	}
	return number
}

func (o *object) neededNumber(name string) int64 {
	o.needed(name)
	return o.number(name, 0)
}

func (o *object) id(name string) *ID {
	if _, there := o.value(name); !there {
		return nil
	}
	id, err := ParseID(o.text(name))
	if err != nil {
		o.fail(name)
	}
	return &id
}

func (o *object) neededID(name string) ID {
	o.needed(name)
	if id := o.id(name); id != nil {
		return *id
	}
	return ID{}
}

func (o *object) sha256(name string) string {
	text := o.text(name)
	if text != "" && !IsLowerHex(text, 64) {
		o.fail(name)
	}
	return text
}

func (o *object) time(name string) time.Time {
	if _, there := o.value(name); !there {
		return time.Time{}
	}
	text := o.text(name)
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil || text[len(text)-1] != 'Z' {
		o.fail(name)
	}
	return at
}

func (o *object) bool(name string) bool {
	switch string(o.needed(name)) {
	case "true":
		return true
	case "false":
	default:
		o.fail(name)
	}
	return false
}

// child gives an object within, or nil where it is absent.
func (o *object) child(name string) *object {
	value, there := o.value(name)
	if !there {
		return nil
	}
	child, err := readObject(value)
	if err != nil {
		o.fail(name)
		return nil
	}
	return child
}

func (o *object) texts(name string) map[string]string {
	child := o.child(name)
	if child == nil {
		return nil
	}
	texts := make(map[string]string, len(child.fields))
	for key := range child.fields {
		texts[key] = child.neededText(key)
	}
	o.adopt(child)
	return texts
}

// adopt takes over what was wrong within.
func (o *object) adopt(child *object) {
	if o.err == nil && child != nil {
		o.err = child.err
	}
}

func wholeNumber(value json.RawMessage) (int64, bool) {
	number, err := strconv.ParseInt(string(value), 10, 64)
	return number, err == nil && number >= 0 && number <= MaxNumber && value[0] != '-'
}
