package main

import (
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	reassembly "github.com/reassembly/reassembly/src/clients/go"
	"github.com/reassembly/reassembly/src/clients/go/examples/protobuf/invoice"
)

func TestInvoiceArrivesAsItWasSent(t *testing.T) {
	sent := &invoice.Invoice{Number: "1", Lines: []*invoice.Line{{Text: "grüße", Cents: -5}}, Scan: make([]byte, 3<<20)}
	received, err := exchange(startServer(t), "c-"+reassembly.NewID().String(), sent)
	if err != nil || !proto.Equal(sent, received) {
		t.Errorf("%v, %v", received.GetNumber(), err)
	}
}

func startServer(t *testing.T) string {
	program := os.Getenv("REASSEMBLY_SERVER")
	here, err := os.Getwd()
	if err == nil {
		here, err = filepath.EvalSymlinks(here) // it may be reached through the GOPATH of the build
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, configuration := range []string{"Release", "Debug"} {
		built := filepath.Join(here, "..", "..", "..", "..", "Reassembly.Server", "bin", configuration, "net10.0", "Reassembly.Server")
		if _, err := os.Stat(built); err == nil && program == "" {
			program = built
		}
	}
	if program == "" {
		t.Skip("no server: build src/Reassembly.Server, or name one with REASSEMBLY_SERVER")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	server := exec.Command(program, "--urls", "http://"+address, "--Reassembly:Disk:Path", t.TempDir())
	server.Dir = t.TempDir()
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		server.Process.Kill()
		server.Wait()
	})
	for started := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		if answer, err := http.Get("http://" + address + "/health/ready"); err == nil {
			answer.Body.Close()
			return "ws://" + address + "/ws"
		}
		if time.Since(started) > 3*time.Minute {
			t.Fatal("the server did not start within three minutes")
		}
	}
}
