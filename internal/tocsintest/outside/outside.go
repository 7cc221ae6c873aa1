// Package outside starts real servers for tests that stand for the world beyond the
// product: versitygw, an S3 server with access control lists, and moto, which
// answers for many services of AWS. They listen on loopback and end with the test.
//
// Where a program is not installed the test is skipped, or fails where
// TOCSIN_REQUIRE or CI demand it; scripts/tool.sh installs both.
package outside

import (
	"bufio"
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Key and Secret are what versitygw takes; moto takes any.
const (
	Key    = "AKIAOUTSIDE000000001"
	Secret = "a-secret-that-only-tests-use"
)

// VersityGW starts versitygw on an empty folder and gives its URL.
func VersityGW(t testing.TB) string {
	t.Helper()
	program := find(t, "versitygw", "TOCSIN_VERSITYGW")
	address := free(t)
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	side := filepath.Join(dir, "side") // not every folder's file system has extended attributes
	for _, d := range []string{data, side} {
		if err := os.Mkdir(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	start(t, exec.Command(program, "--port", address, "--access", Key, "--secret", Secret, "--quiet", "posix", "--sidecar", side, data), "")
	answers(t, address)
	return "http://" + address
}

// Moto starts moto's server and gives its URL.
func Moto(t testing.TB) string {
	t.Helper()
	program := find(t, "moto_server", "TOCSIN_MOTO")
	address := free(t)
	_, port, _ := net.SplitHostPort(address)
	start(t, exec.Command(program, "-H", "127.0.0.1", "-p", port), "Running on")
	return "http://" + address
}

func find(t testing.TB, name, variable string) string {
	t.Helper()
	if file := os.Getenv(variable); file != "" {
		return file
	}
	if file, err := exec.LookPath(name); err == nil {
		return file
	}
	if strings.Contains(os.Getenv("TOCSIN_REQUIRE"), name) || os.Getenv("CI") == "true" {
		t.Fatalf("%s is not installed: run the tests with make test, or set %s to what scripts/tool.sh %s prints", name, variable, name)
	}
	t.Skipf("SKIPPED: %s is not installed; set %s to what scripts/tool.sh %s prints", name, variable, name)
	return ""
}

func free(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// start runs a program until the test's end, and waits for a line that has ready in it.
func start(t testing.TB, cmd *exec.Cmd, ready string) {
	t.Helper()
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // not to outlive the test
	out, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
	})
	if ready != "" {
		lines := bufio.NewScanner(out)
		for lines.Scan() && !strings.Contains(lines.Text(), ready) {
			continue
		}
		if !strings.Contains(lines.Text(), ready) {
			t.Fatalf("%s ended: %v", cmd.Path, lines.Err())
		}
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
}

// answers waits until somebody listens.
func answers(t testing.TB, address string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for {
		c, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
		if err == nil {
			c.Close()
			return
		}
		if ctx.Err() != nil {
			t.Fatalf("nobody listens on %s: %v", address, err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}
