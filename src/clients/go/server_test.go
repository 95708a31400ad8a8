package reassembly

import (
	"bufio"
	"context"
	"fmt"
	"math/rand"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// server is the real one, as its own process.
type server struct {
	t       *testing.T
	program string
	args    []string
	port    int
	folder  string
	process *exec.Cmd
}

// findServer gives the built server: REASSEMBLY_SERVER, or what `dotnet build src/Reassembly.Server` made.
func findServer(t *testing.T) string {
	t.Helper()
	if named := os.Getenv("REASSEMBLY_SERVER"); named != "" {
		return named
	}
	here, err := os.Getwd()
	if err == nil {
		here, err = filepath.EvalSymlinks(here) // it may be reached through the GOPATH in out/
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, configuration := range []string{"Release", "Debug"} {
		built := filepath.Join(here, "..", "..", "Reassembly.Server", "bin", configuration, "net10.0", "Reassembly.Server")
		if _, err := os.Stat(built); err == nil {
			return built
		}
	}
	t.Skip("no server: build src/Reassembly.Server, or name one with REASSEMBLY_SERVER")
	return ""
}

func startServer(t *testing.T, args ...string) *server {
	t.Helper()
	s := &server{t: t, program: findServer(t), args: args, port: freePort(), folder: t.TempDir()}
	s.start()
	t.Cleanup(s.kill)
	return s
}

func (s *server) url() string { return fmt.Sprintf("ws://127.0.0.1:%d/ws", s.port) }

func (s *server) start() {
	s.t.Helper()
	listen := fmt.Sprintf("http://127.0.0.1:%d", s.port)
	s.process = exec.Command(s.program, append([]string{"--urls", listen, "--Reassembly:Disk:Path", s.folder}, s.args...)...)
	s.process.Dir = s.folder
	output, err := s.process.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	s.process.Stderr = s.process.Stdout
	if err := s.process.Start(); err != nil {
		s.t.Fatal(err)
	}
	lines, ready := bufio.NewScanner(output), make(chan bool, 1)
	var said []string
	go func() {
		for lines.Scan() {
			if strings.Contains(lines.Text(), "Listening: connect to") {
				ready <- true
			}
			select {
			case <-ready:
				ready <- true
			default:
				said = append(said, lines.Text())
			}
		}
		close(ready)
	}()
	select {
	case ok := <-ready:
		if !ok {
			s.t.Fatalf("the server ended: %s", strings.Join(said, "\n"))
		}
	case <-time.After(3 * time.Minute):
		s.t.Fatal("the server did not start within three minutes")
	}
	if _, err := http.Get(listen + "/health/live"); err != nil {
		s.t.Fatal(err)
	}
}

// kill is kill -9.
func (s *server) kill() {
	s.process.Process.Kill()
	s.process.Wait()
}

// freePort is below those that the system hands out: nobody gets it while the server is down, least of all a client calling itself.
func freePort() int {
	random := rand.New(rand.NewSource(time.Now().UnixNano()))
	for {
		port := 15_000 + random.Intn(17_000)
		if listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			listener.Close()
			return port
		}
	}
}

// within is the time that a test may take on a busy machine.
func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	t.Cleanup(cancel)
	return ctx
}
