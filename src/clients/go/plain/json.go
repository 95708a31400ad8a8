package plain

import (
	"encoding/json"
	"io"

	"github.com/gorilla/websocket"
)

// SendJSON sends a payload as JSON chunks to ws://HOST/ws and gives the outcome. The id is a UUID of your choice.
func SendJSON(url, id, channel string, payload io.Reader) (answer []byte, err error) {
	ws, _, err := (&websocket.Dialer{Subprotocols: []string{"reassembly.v1"}}).Dial(url, nil)
	if err != nil {
		return nil, err
	}
	defer ws.Close()
	var welcome struct {
		Limits struct{ FrameBytes, WindowBytes int }
	}
	if err = ws.ReadJSON(&welcome); err != nil {
		return nil, err
	}
	type object map[string]any
	ws.WriteJSON(object{"type": "open", "id": id, "channel": channel})
	chunk := make([]byte, (welcome.Limits.FrameBytes-256)/4*3) // base64 makes 4 bytes of 3; 256 for the rest
	said := struct {
		Type   string
		Credit int
	}{Credit: welcome.Limits.WindowBytes}
	for sequence, offset, last := 0, 0, false; said.Type != "outcome" && said.Type != "error"; {
		if !last && offset+len(chunk) <= said.Credit {
			n, end := io.ReadFull(payload, chunk)
			last = end == io.EOF || end == io.ErrUnexpectedEOF
			if end != nil && !last {
				return nil, end
			}
			ws.WriteJSON(object{"type": "chunk", "id": id, "sequence": sequence, "offset": offset, "last": last, "data": chunk[:n]})
			sequence, offset = sequence+1, offset+n
		} else if _, answer, err = ws.ReadMessage(); err != nil {
			return nil, err
		} else if err = json.Unmarshal(answer, &said); err != nil {
			return nil, err
		}
	}
	return answer, nil
}
