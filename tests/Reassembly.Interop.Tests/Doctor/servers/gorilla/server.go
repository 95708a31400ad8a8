// A server on gorilla/websocket with a limit: server PORT LIMIT MODE; echo gives every message back, discard says nothing.
package main

import (
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"

	"github.com/gorilla/websocket"
)

func main() {
	port, mode := os.Args[1], os.Args[3]
	limit, err := strconv.ParseInt(os.Args[2], 10, 64)
	if err != nil {
		log.Fatal(err)
	}

	upgrader := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	http.HandleFunc("/", func(writer http.ResponseWriter, request *http.Request) {
		connection, err := upgrader.Upgrade(writer, request, nil)
		if err != nil {
			log.Println(err)
			return
		}
		defer connection.Close()
		connection.SetReadLimit(limit)
		for {
			kind, message, err := connection.ReadMessage()
			if err != nil {
				log.Println(err)
				return
			}
			if mode == "echo" && connection.WriteMessage(kind, message) != nil {
				return
			}
		}
	})

	listener, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("Listening: gorilla/websocket")
	log.Fatal(http.Serve(listener, nil))
}
