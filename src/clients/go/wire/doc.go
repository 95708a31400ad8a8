// Package wire is the protocol reassembly.v1 as bytes and text: chunk frames, control messages, ids. It is pure: it knows no
// sockets, goroutines or clocks.
package wire

// Subprotocol is what a client offers and the server must echo.
const Subprotocol = "reassembly.v1"

// MaxNumber is the largest number of a control message, 2^53 - 1.
const MaxNumber = 1<<53 - 1
