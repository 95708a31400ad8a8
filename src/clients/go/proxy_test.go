package reassembly

import (
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
)

// proxy passes bytes on, and cuts its connections when told.
type proxy struct {
	listener net.Listener
	target   string
	wait     sync.WaitGroup

	mu       sync.Mutex
	open     map[net.Conn]bool
	accepted int
	cutAt    []int64 // bytes from the client after which the next connections are cut
}

// startProxy cuts the first connection after the first number of bytes from the client, and so on; then it cuts none.
func startProxy(t *testing.T, port int, cutAt ...int64) *proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{listener: listener, target: fmt.Sprintf("127.0.0.1:%d", port), open: map[net.Conn]bool{}, cutAt: cutAt}
	p.wait.Add(1)
	go p.accept()
	t.Cleanup(func() {
		listener.Close()
		p.cut()
		p.wait.Wait()
	})
	return p
}

func (p *proxy) url() string { return fmt.Sprintf("ws://%s/ws", p.listener.Addr()) }

// cut ends all connections at once.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for conn := range p.open {
		conn.Close()
	}
}

func (p *proxy) connections() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.accepted
}

func (p *proxy) accept() {
	defer p.wait.Done()
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.target)
		if err != nil {
			client.Close()
			continue
		}
		p.mu.Lock()
		p.accepted++
		limit := int64(1<<63 - 1)
		if len(p.cutAt) > 0 {
			limit, p.cutAt = p.cutAt[0], p.cutAt[1:]
		}
		p.open[client], p.open[server] = true, true
		p.mu.Unlock()
		p.wait.Add(2)
		go p.pass(server, io.LimitReader(client, limit), client)
		go p.pass(client, server, server)
	}
}

func (p *proxy) pass(to net.Conn, from io.Reader, source net.Conn) {
	defer p.wait.Done()
	io.Copy(to, from)
	to.Close()
	source.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, to)
	delete(p.open, source)
}
