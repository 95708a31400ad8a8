// Command interop is the driver of the interop tests: each command does one thing with gorilla/websocket or with the client over it, and
// prints one line of JSON.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
)

type options struct {
	url, file, channel, id, encoding, out           string
	frameBytes, fragment, bytes, count, writeBuffer int
}

// result is the line of JSON.
type result map[string]any

var commands = map[string]func(context.Context, options) (any, error){
	"versions": versions, "send": send, "receive": receive, "raw": raw, "json": jsonChunks, "oversize": oversize, "flood": flood,
	"deflate": deflate,
}

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	answer, err := run(ctx, os.Args[1:])
	if err != nil {
		answer = result{"error": err.Error()}
	}
	line, _ := json.Marshal(answer)
	fmt.Println(string(line))
	if err != nil {
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) (any, error) {
	if len(args) == 0 || commands[args[0]] == nil {
		return nil, fmt.Errorf("usage: gorilla versions|send|receive|raw|json|oversize|flood|deflate --option value ...")
	}
	var o options
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	flags.StringVar(&o.url, "url", "", "where to connect")
	flags.StringVar(&o.file, "file", "", "what to send")
	flags.StringVar(&o.channel, "channel", "default", "the channel")
	flags.StringVar(&o.id, "id", "", "the id of the message")
	flags.StringVar(&o.encoding, "encoding", "identity", "identity or gzip")
	flags.StringVar(&o.out, "out", "", "where to write what is received")
	flags.IntVar(&o.frameBytes, "frame-bytes", 65_536, "bytes of a WebSocket message")
	flags.IntVar(&o.writeBuffer, "write-buffer", -1, "bytes of the library's write buffer; 0 leaves it to the library, -1 is --frame-bytes")
	flags.IntVar(&o.fragment, "fragment", 0, "bytes of a frame; 0 leaves it to the library")
	flags.IntVar(&o.bytes, "bytes", 0, "bytes of a message")
	flags.IntVar(&o.count, "count", 1_000, "messages at most")
	if err := flags.Parse(args[1:]); err != nil {
		return nil, err
	}
	return commands[args[0]](ctx, o)
}

func tell(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }
