// Command protobuf sends a Protocol Buffers message as a payload and receives it: the bytes are the payload, and the content type
// says what they are.
package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"time"

	"google.golang.org/protobuf/proto"

	reassembly "github.com/reassembly/reassembly/src/clients/go"
	"github.com/reassembly/reassembly/src/clients/go/examples/protobuf/invoice"
)

const contentType = "application/x-protobuf"

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: protobuf ws://HOST/ws")
	}
	sent := &invoice.Invoice{
		Number: "2026-0042",
		Lines:  []*invoice.Line{{Text: "chunks", Cents: 1_200}, {Text: "acks", Cents: 300}},
		Scan:   make([]byte, 5<<20),
	}
	received, err := exchange(os.Args[1], "invoices-"+reassembly.NewID().String(), sent)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("invoice %s: %d lines, a scan of %d bytes, as it was sent: %v\n",
		received.Number, len(received.Lines), len(received.Scan), proto.Equal(sent, received))
}

// exchange sends an invoice over a channel and receives it there.
func exchange(url, channel string, sent *invoice.Invoice) (*invoice.Invoice, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	client, err := reassembly.Dial(ctx, url)
	if err != nil {
		return nil, err
	}
	defer client.Close()

	payload, err := proto.Marshal(sent)
	if err != nil {
		return nil, err
	}
	options := reassembly.SendOptions{Channel: channel, ContentType: contentType, Headers: map[string]string{"proto": "invoice.Invoice"}}
	if _, err := client.Send(ctx, bytes.NewReader(payload), options); err != nil {
		return nil, err
	}

	subscription, err := client.Subscribe(ctx, channel, reassembly.SubscribeOptions{})
	if err != nil {
		return nil, err
	}
	defer subscription.Close()
	message, err := subscription.Next(ctx)
	if err != nil {
		return nil, err
	}
	defer message.Close()
	if message.ContentType != contentType {
		return nil, fmt.Errorf("content type %q", message.ContentType)
	}
	body, err := io.ReadAll(message.Body)
	if err != nil {
		return nil, err
	}
	received := &invoice.Invoice{}
	if err := proto.Unmarshal(body, received); err != nil {
		return nil, err
	}
	return received, message.Complete(ctx)
}
