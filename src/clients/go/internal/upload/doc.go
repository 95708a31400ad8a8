// Package upload is one message on the sender's side: what the server holds, what is on its way, what to send next. It is pure: it
// knows no sockets, goroutines or clocks; the caller passes the time since the send began.
package upload
