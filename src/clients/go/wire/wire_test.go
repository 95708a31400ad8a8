package wire

import (
	"sort"
	"testing"
	"time"
)

func TestClientMessages(t *testing.T) {
	id, size, after := ID{1, 2, 0xab}, int64(0), int64(0)
	name := `"id":"0102ab00-0000-0000-0000-000000000000"`
	for want, message := range map[string]ClientMessage{
		`{"type":"hello","receiveFrameBytes":65536,"client":"x/1"}`:       Hello{ReceiveFrameBytes: 65536, Client: "x/1"},
		`{"type":"open",` + name + `}`:                                    Open{ID: id},
		`{"type":"open",` + name + `,"size":0,"headers":{"a":"\u003cb"}}`: Open{ID: id, Size: &size, Headers: map[string]string{"a": "<b"}},
		`{"type":"status",` + name + `}`:                                  Status{ID: id},
		`{"type":"abort",` + name + `}`:                                   Abort{ID: id},
		`{"type":"subscribe","channel":"c","inFlight":2}`:                 Subscribe{Channel: "c", InFlight: 2},
		`{"type":"delivered",` + name + `}`:                               Delivered{ID: id},
		`{"type":"retry",` + name + `}`:                                   Retry{ID: id},
		`{"type":"retry",` + name + `,"afterMs":0}`:                       Retry{ID: id, AfterMs: &after},
		`{"type":"ping","nonce":7}`:                                       Ping{Nonce: 7},
	} {
		if got := string(ClientText(message)); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestKnownFieldThatIsThereTwiceIsMalformed(t *testing.T) {
	if message, err := ReadServer([]byte(`{"type":"goaway","reason":"a","graceMs":1,"graceMs":2}`)); err == nil {
		t.Errorf("%+v", message)
	}
	if _, err := ReadServer([]byte(`{"type":"goaway","reason":"a","graceMs":1,"x":1,"x":2}`)); err != nil {
		t.Error(err)
	}
}

func TestIDs(t *testing.T) {
	var made []string
	for i := 0; i < 3; i++ {
		id := NewID()
		if id[6]>>4 != 7 || id[8]>>6 != 2 {
			t.Errorf("%v is no UUID of version 7", id)
		}
		if again, err := ParseID(id.String()); err != nil || again != id {
			t.Errorf("%v became %v (%v)", id, again, err)
		}
		made = append(made, id.String())
		time.Sleep(2 * time.Millisecond)
	}
	if !sort.StringsAreSorted(made) {
		t.Errorf("%v are not in the order in which they were made", made)
	}
	for _, bad := range []string{
		"", "0199C0DE-0000-7000-8000-000000000001", "0199c0de0000-7000-8000-0000000000010", "0199c0de-0000-7000-8000-00000000000g",
		"{0199c0de-0000-7000-8000-00000000001}", "0199c0de-0000-7000-8000-0000000000011",
	} {
		if id, err := ParseID(bad); err == nil {
			t.Errorf("%q was taken as %v", bad, id)
		}
	}
}
