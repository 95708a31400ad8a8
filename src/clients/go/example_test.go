package reassembly_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"

	reassembly "github.com/reassembly/reassembly/src/clients/go"
)

func ExampleClient_Send() {
	ctx := context.Background()
	client, err := reassembly.Dial(ctx, "ws://localhost:8080/ws")
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	file, err := os.Open("invoice.pdf")
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()
	outcome, err := client.Send(ctx, file, reassembly.SendOptions{
		Channel:     "invoices",
		ContentType: "application/pdf",
		Progress:    func(p reassembly.Progress) { log.Printf("%d of %d bytes are durable", p.Durable, p.Size) },
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(outcome.ID, outcome.Size, outcome.SHA256)
}

func ExampleClient_Subscribe() {
	ctx := context.Background()
	client, err := reassembly.Dial(ctx, "ws://localhost:8080/ws")
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	subscription, err := client.Subscribe(ctx, "invoices", reassembly.SubscribeOptions{})
	if err != nil {
		log.Fatal(err)
	}
	for {
		message, err := subscription.Next(ctx)
		if err != nil {
			log.Fatal(err)
		}
		if err := store(ctx, message); err != nil {
			log.Print(err) // it was given back, and comes again
		}
	}
}

func store(ctx context.Context, message *reassembly.Message) error {
	defer message.Close() // gives it back, unless it was completed
	file, err := os.Create(message.ID.String())
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err := io.Copy(file, message.Body); err != nil {
		return err
	}
	return message.Complete(ctx)
}
