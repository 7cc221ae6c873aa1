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
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
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
	address := FreeAddress(t)
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
	said := start(t, exec.Command(program, "-H", "127.0.0.1", "-p", "0"), "Running on") // on a port that the system gives it
	_, url, _ := strings.Cut(said, "Running on ")
	return strings.TrimSpace(url)
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

// FreeAddress finds a port of loopback that is free, and stays so until the test's end
// while no program listens there: below those that systems give to outgoing connections,
// and to whoever listens on no port in particular; and no other test gets it meanwhile, as
// a file is locked for it.
func FreeAddress(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(os.TempDir(), fmt.Sprint("tocsin-test-ports-", os.Getuid()))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		port := strconv.Itoa(10_000 + rand.IntN(20_000))
		lock, err := os.OpenFile(filepath.Join(dir, port), os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		address := net.JoinHostPort("127.0.0.1", port)
		if syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil || taken(address) {
			lock.Close()
			continue
		}
		t.Cleanup(func() { lock.Close() })
		return address
	}
	t.Fatal("no free port")
	return ""
}

// taken says whether somebody listens. To listen oneself would tell too, but a program that
// is being started just then has the port a while longer.
func taken(address string) bool {
	c, err := net.DialTimeout("tcp", address, time.Second)
	if err == nil {
		c.Close()
	}
	return err == nil
}

// start runs a program until the test's end, waits for a line that has ready in it, and
// gives that line.
func start(t testing.TB, cmd *exec.Cmd, ready string) (said string) {
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
		if said = lines.Text(); !strings.Contains(said, ready) {
			t.Fatalf("%s ended: %v", cmd.Path, lines.Err())
		}
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	return said
}

// answers waits until somebody listens.
func answers(t testing.TB, address string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
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
