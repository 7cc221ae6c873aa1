// Package tocsintest helps tests that drive the whole product from outside: the
// built binary as a process that can be killed, a real SMTP server that keeps
// what it got, and AWS's own SDK clients. Only tests import it.
package tocsintest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/tocsin-io/tocsin/internal/tocsintest/outside"
)

// Key and Secret are the first access key of servers that tests start.
const (
	Key    = "AKIATOCSINTEST000001"
	Secret = "a-secret-that-only-tests-use"
)

// built is a binary that the tests of one process share.
type built struct {
	once sync.Once
	file string
	err  error
}

var ordinary, faulty built

// Binary gives the path of the tocsin binary: TOCSIN_BIN, or one built now.
func Binary(t testing.TB) string {
	t.Helper()
	if file := os.Getenv("TOCSIN_BIN"); file != "" {
		return file
	}
	return ordinary.get(t)
}

// FaultBinary gives the path of a tocsin that dies where it is told: see package fault.
func FaultBinary(t testing.TB) string {
	t.Helper()
	return faulty.get(t, "-tags", "fault")
}

func (b *built) get(t testing.TB, flags ...string) string {
	t.Helper()
	b.once.Do(func() {
		dir, err := os.MkdirTemp("", "tocsin-bin-") //nolint:usetesting // it outlives this test
		if err != nil {
			b.err = err
			return
		}
		b.file = filepath.Join(dir, "tocsin")
		cmd := exec.Command("go", slices.Concat([]string{"build"}, flags, []string{"-o", b.file, "github.com/tocsin-io/tocsin/cmd/tocsin"})...)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			b.err = fmt.Errorf("go build: %w\n%s", err, out)
		}
	})
	if b.err != nil {
		t.Fatal(b.err)
	}
	return b.file
}

// Process is a running server.
type Process struct {
	t    testing.TB
	Addr string // host:port
	bin  string
	args []string
	env  []string
	cmd  *exec.Cmd
	log  *tail
	done chan struct{}
}

// Start runs "tocsin serve" on a free port with the given further flags and
// environment, and waits until it is ready. It is ended with the test.
func Start(t testing.TB, args, env []string) *Process {
	t.Helper()
	addr := outside.FreeAddress(t) // it stays free while the server is down
	p := &Process{t: t, Addr: addr, bin: Binary(t), args: args,
		env: append(append(clean(os.Environ()), "TOCSIN_ACCESS_KEY_ID="+Key, "TOCSIN_SECRET_ACCESS_KEY="+Secret), env...)}
	p.Again()
	t.Cleanup(func() { p.end(syscall.SIGTERM) })
	return p
}

// clean takes the product's own variables out of an environment.
func clean(env []string) (out []string) {
	for _, v := range env {
		if !strings.HasPrefix(v, "TOCSIN_") || strings.HasPrefix(v, "TOCSIN_TEST_") {
			out = append(out, v)
		}
	}
	return out
}

// URL is where the server answers.
func (p *Process) URL() string { return "http://" + p.Addr }

// Again starts the server anew after Kill or Stop, on the same port and data,
// and waits until it is ready.
func (p *Process) Again() {
	p.t.Helper()
	p.Launch()
	p.WaitReady()
}

// Use has the next Launch start another binary, with these last in its environment.
// What it gives back undoes that.
func (p *Process) Use(bin string, env ...string) (before func()) {
	old, oldEnv := p.bin, p.env
	p.bin, p.env = bin, slices.Concat(p.env, env)
	return func() { p.bin, p.env = old, oldEnv }
}

// Ended is closed when the process that was launched last has ended.
func (p *Process) Ended() <-chan struct{} { return p.done }

// Launch starts the process and does not wait.
func (p *Process) Launch() {
	p.t.Helper()
	p.cmd = exec.Command(p.bin, append([]string{"serve", "--listen", p.Addr}, p.args...)...)
	p.cmd.Env = p.env
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // not to outlive the test
	out, err := p.cmd.StderrPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	p.cmd.Stdout = nil
	p.log = &tail{}
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.done = make(chan struct{})
	go func(cmd *exec.Cmd, log *tail, done chan struct{}) {
		log.read(out)
		_ = cmd.Wait() // how it ended is seen by who ended it
		close(done)
	}(p.cmd, p.log, p.done)
}

// WaitReady waits until the server says that it is ready.
func (p *Process) WaitReady() {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	for !p.ready(ctx) {
		select {
		case <-p.done:
			p.t.Fatalf("the server ended:\n%s", p.log)
		case <-ctx.Done():
			p.t.Fatalf("the server is not ready:\n%s", p.log)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// Ready asks the server once whether it is ready.
func (p *Process) Ready() bool { return p.ready(context.Background()) }

func (p *Process) ready(ctx context.Context) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.URL()+"/readyz", nil)
	if err != nil {
		p.t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	res.Body.Close()
	return res.StatusCode == http.StatusOK
}

// Kill ends the process as a power cut would: SIGKILL.
func (p *Process) Kill() { p.end(syscall.SIGKILL) }

// Stop ends the process as an operator would: SIGTERM.
func (p *Process) Stop() { p.end(syscall.SIGTERM) }

func (p *Process) end(s syscall.Signal) {
	select {
	case <-p.done:
		return
	default:
	}
	_ = p.cmd.Process.Signal(s) // it may have ended this instant
	select {
	case <-p.done:
	case <-time.After(2 * time.Minute):
		_ = p.cmd.Process.Kill()
		p.t.Errorf("the server did not end within two minutes of %v:\n%s", s, p.log)
	}
}

// PID is the process's id, for reading its memory use.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Log gives the last lines the server wrote.
func (p *Process) Log() string { return p.log.String() }

// tail keeps the last lines of a log.
type tail struct {
	mu    sync.Mutex
	lines []string
}

func (l *tail) read(r io.Reader) {
	in := bufio.NewScanner(r)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		l.mu.Lock()
		if l.lines = append(l.lines, in.Text()); len(l.lines) > 200 {
			l.lines = l.lines[100:]
		}
		l.mu.Unlock()
	}
}

func (l *tail) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.lines, "\n")
}
