package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	reassembly "github.com/reassembly/reassembly/src/clients/go"
)

func send(ctx context.Context, o options) (any, error) {
	opts := reassembly.SendOptions{Channel: o.channel, CheckDigest: reassembly.CheckAlways, Progress: func(p reassembly.Progress) {
		if p.Err != nil {
			tell("%d bytes are durable: %v", p.Durable, p.Err)
		}
	}}
	switch o.encoding {
	case "identity":
	case "gzip":
		opts.Gzip = true
	default:
		return nil, fmt.Errorf("cannot encode %s: the standard library of Go has no such encoder", o.encoding)
	}
	if o.id != "" {
		var err error
		if opts.ID, err = reassembly.ParseID(o.id); err != nil {
			return nil, err
		}
	}
	file, err := os.Open(o.file)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	client, err := reassembly.Dial(ctx, o.url)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	started := time.Now()
	outcome, err := client.Send(ctx, file, opts)
	if err != nil {
		return nil, err
	}
	return result{
		"id": outcome.ID, "state": "committed", "size": outcome.Size, "sha256": outcome.SHA256, "connections": outcome.Connections,
		"sentBytes": outcome.SentBytes, "seconds": time.Since(started).Seconds(),
	}, nil
}

func receive(ctx context.Context, o options) (any, error) {
	client, err := reassembly.Dial(ctx, o.url, reassembly.WithReceiveFrameBytes(o.frameBytes))
	if err != nil {
		return nil, err
	}
	defer client.Close()
	subscription, err := client.Subscribe(ctx, o.channel, reassembly.SubscribeOptions{})
	if err != nil {
		return nil, err
	}
	defer subscription.Close()
	message, err := subscription.Next(ctx)
	if err != nil {
		return nil, err
	}
	defer message.Close()
	file, err := os.Create(o.out)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if _, err := io.Copy(file, message.Body); err != nil {
		return nil, err
	}
	if err := file.Close(); err != nil {
		return nil, err
	}
	if err := message.Complete(ctx); err != nil {
		return nil, err
	}
	return result{"id": message.ID, "size": message.Size, "sha256": message.SHA256, "attempt": message.Attempt}, nil
}
