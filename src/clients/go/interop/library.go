package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/gorilla/websocket"

	reassembly "github.com/reassembly/reassembly/src/clients/go"
	"github.com/reassembly/reassembly/src/clients/go/plain"
)

// The library as it is, without the client of this module.

func raw(_ context.Context, o options) (any, error) {
	file, err := os.Open(o.file)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	answer, err := plain.SendRaw(&websocket.Dialer{WriteBufferSize: o.fragment}, o.url, file)
	return json.RawMessage(answer), err
}

func jsonChunks(_ context.Context, o options) (any, error) {
	file, err := os.Open(o.file)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	answer, err := plain.SendJSON(o.url, reassembly.NewID().String(), o.channel, file)
	return json.RawMessage(answer), err
}

func oversize(_ context.Context, o options) (any, error) {
	ws, _, err := (&websocket.Dialer{Subprotocols: []string{"reassembly.v1"}}).Dial(o.url, nil)
	if err != nil {
		return nil, err
	}
	defer ws.Close()
	ended := make(chan error, 1)
	go func() {
		for {
			if _, text, err := ws.ReadMessage(); err != nil {
				ended <- err
				return
			} else if len(text) > 0 {
				tell("%s", text)
			}
		}
	}()
	message := make([]byte, o.bytes)
	for i := 0; i < o.count; i++ {
		if ws.WriteMessage(websocket.BinaryMessage, message) != nil {
			break // the reader knows why
		}
	}
	select {
	case err := <-ended:
		return closed(err), nil
	case <-time.After(15 * time.Second):
		return nil, fmt.Errorf("%d messages of %d bytes were sent, and the connection is open", o.count, o.bytes)
	}
}

func flood(_ context.Context, o options) (any, error) {
	file, err := os.Open(o.file)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if o.writeBuffer < 0 {
		o.writeBuffer = o.frameBytes
	}
	ws, _, err := (&websocket.Dialer{WriteBufferSize: o.writeBuffer}).Dial(o.url, nil)
	if err != nil {
		return nil, err
	}
	defer ws.Close()
	started, sent, message := time.Now(), 0, make([]byte, o.frameBytes)
	for {
		n, err := io.ReadFull(file, message)
		if n > 0 {
			if err := ws.WriteMessage(websocket.BinaryMessage, message[:n]); err != nil {
				return nil, err
			}
			sent += n
		}
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			break
		} else if err != nil {
			return nil, err
		}
	}
	if err := ws.WriteMessage(websocket.TextMessage, []byte("done")); err != nil {
		return nil, err
	}
	if _, _, err := ws.ReadMessage(); err != nil {
		return nil, err
	}
	return result{"seconds": time.Since(started).Seconds(), "bytes": sent}, nil
}

func deflate(_ context.Context, o options) (any, error) {
	dialer := websocket.Dialer{EnableCompression: true}
	if !strings.Contains(o.url, "/raw") {
		dialer.Subprotocols = []string{"reassembly.v1"}
	}
	ws, response, err := dialer.Dial(o.url, nil)
	if err != nil {
		return nil, err
	}
	defer ws.Close()
	answer := result{
		"negotiated": strings.Contains(response.Header.Get("Sec-WebSocket-Extensions"), "permessage-deflate"),
		"code":       nil, "reason": nil, "answer": nil,
	}
	go ws.WriteMessage(websocket.BinaryMessage, make([]byte, o.bytes)) // what goes wrong with it, the reader hears
	for {
		kind, text, err := ws.ReadMessage()
		if err != nil {
			for name, value := range closed(err) {
				answer[name] = value
			}
			return answer, nil
		}
		if kind == websocket.TextMessage && !strings.Contains(string(text), `"type":"welcome"`) {
			answer["answer"] = string(text)
			return answer, nil
		}
	}
}

// closed is how the library reports the end of a connection; an end without a close frame is 1006.
func closed(err error) result {
	var closing *websocket.CloseError
	if errors.As(err, &closing) {
		return result{"code": closing.Code, "reason": closing.Text}
	}
	return result{"code": websocket.CloseAbnormalClosure, "reason": err.Error()}
}
