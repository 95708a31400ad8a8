package plain

import (
	"io"

	"github.com/gorilla/websocket"
)

// SendRaw sends one WebSocket message of any size to ws://HOST/raw?channel=NAME and gives the outcome. gorilla/websocket fragments it into
// frames of the dialer's WriteBufferSize (4096 bytes unless set).
func SendRaw(dialer *websocket.Dialer, url string, payload io.Reader) ([]byte, error) {
	ws, _, err := dialer.Dial(url, nil)
	if err != nil {
		return nil, err
	}
	defer ws.Close()
	message, err := ws.NextWriter(websocket.BinaryMessage)
	if err != nil {
		return nil, err
	}
	if _, err := io.Copy(message, payload); err != nil {
		return nil, err
	}
	if err := message.Close(); err != nil {
		return nil, err
	}
	_, outcome, err := ws.ReadMessage()
	return outcome, err
}
