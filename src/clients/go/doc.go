// Package reassembly sends and receives payloads of any size over WebSocket, cut into chunks that every hop lets through
// (subprotocol reassembly.v1).
//
//	client, err := reassembly.Dial(ctx, "ws://localhost:8080/ws")
//	...
//	defer client.Close()
//	outcome, err := client.Send(ctx, file, reassembly.SendOptions{Channel: "invoices"})
//
// A lost connection is replaced and a send goes on with what is missing. All methods of Client and Subscription may be called
// from several goroutines at once; a Message belongs to one.
package reassembly
