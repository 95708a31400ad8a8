// Package plain shows what a few lines of gorilla/websocket, without the client of this module, do: one WebSocket message of any size, and
// JSON chunks.
package plain
