package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// program runs tocsin and gives its exit code and what it printed.
func program(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(args, streams{strings.NewReader(""), &o, &e})
	return code, o.String(), e.String()
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestExitCodes(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	data := t.TempDir()
	bad := write(t, "tocsin.yaml", "listen: 127.0.0.1:0\nsmpt-url: smtp://x\n")
	list := write(t, "tocsin.yaml", "listen: [1, 2]\n")
	watch := write(t, "tocsin.yaml", "watch:\n  s3: {intervall: 60s}\n")
	tests := []struct {
		name string
		args []string
		code int
		says string // on stdout or stderr
	}{
		{"version", []string{"version"}, 0, "tocsin dev"},
		{"help", []string{"--help"}, 0, "sign-in-link"},
		{"help of a command", []string{"backup", "--help"}, 0, "Example:"},
		{"no command", nil, 2, "expected one of"},
		{"unknown command", []string{"page"}, 2, "unexpected argument page"},
		{"unknown flag", []string{"serve", "--nope"}, 2, "unknown flag --nope"},
		{"unknown key in the file", []string{"serve", "--config", bad}, 2, `unknown key "smpt-url"`},
		{"a list in the file", []string{"serve", "--config", list}, 2, "single value"},
		{"unknown watch in the file", []string{"serve", "--data", data, "--config", watch}, 2, `unknown key "intervall"`},
		{"no such file", []string{"serve", "--config", "/nonexistent.yaml"}, 2, "nonexistent"},
		{"bad URL", []string{"serve", "--data", data, "--url", "tocsin"}, 2, "--url"},
		{"bad account", []string{"serve", "--data", data, "--account-id", "1"}, 2, "twelve digits"},
		{"certificate without key", []string{"serve", "--data", data, "--tls-cert", bad}, 2, "--tls-key"},
		{"bad mail URL", []string{"serve", "--data", data, "--listen", "127.0.0.1:0", "--smtp-url", "smtp://mail.example.org"}, 2, "from"},
		{"database without key", []string{"serve", "--database", "postgres://127.0.0.1:1/x", "--listen", "127.0.0.1:0"}, 3, "TOCSIN_KEY_FILE"},
		{"no credentials", []string{"outbox"}, 2, "AWS_ACCESS_KEY_ID"},
		{"right that is none", []string{"key", "create", "--data", data, "--name", "x", "--may", "all"}, 2, "admin"},
		{"restore of nothing", []string{"restore", "--data", data, "/nonexistent"}, 2, "nonexistent"},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			code, out, errs := program(t, c.args...)
			if code != c.code || !strings.Contains(out+errs, c.says) {
				t.Errorf("tocsin %s: exit %d, want %d\n%s%s\nwant %q in it", strings.Join(c.args, " "), code, c.code, out, errs, c.says)
			}
		})
	}
}

func TestNobodyListens(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE000000001")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	code, _, errs := program(t, "outbox", "--endpoint", "http://127.0.0.1:1")
	if code != 3 || !strings.Contains(errs, "is the server running?") || strings.Count(errs, "\n") != 1 {
		t.Errorf("exit %d: %s", code, errs)
	}
}

// Keys, links and backups by the database itself, with no server running.
func TestOnTheHost(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	code, out, errs := program(t, "key", "create", "--data", data, "--name", "ci", "--may", "read", "--may", "ingest")
	if code != 0 || !strings.Contains(out, "export AWS_ACCESS_KEY_ID=AKIA") {
		t.Fatalf("key create: %d %s %s", code, out, errs)
	}
	code, out, errs = program(t, "sign-in-link", "--data", data, "--url", "https://tocsin.example.org")
	if code != 0 || !strings.HasPrefix(out, "https://tocsin.example.org/#/link?token=") {
		t.Fatalf("sign-in-link: %d %s %s", code, out, errs)
	}
	file := filepath.Join(t.TempDir(), "backup")
	if code, out, errs = program(t, "backup", "--data", data, file); code != 0 {
		t.Fatalf("backup: %d %s %s", code, out, errs)
	}
	if code, _, errs = program(t, "backup", "--data", data, file); code != 3 {
		t.Fatalf("a backup was overwritten: %d %s", code, errs)
	}
	elsewhere := filepath.Join(t.TempDir(), "data")
	if code, _, errs = program(t, "restore", "--data", elsewhere, file); code != 3 || !strings.Contains(errs, "another key") {
		t.Fatalf("restore with another key: %d %s", code, errs)
	}
	again := filepath.Join(t.TempDir(), "data")
	if code, out, errs = program(t, "restore", "--data", again, "--key-file", filepath.Join(data, "key"), file); code != 0 {
		t.Fatalf("restore: %d %s %s", code, out, errs)
	}
	if code, _, errs = program(t, "restore", "--data", again, "--key-file", filepath.Join(data, "key"), file); code != 3 || !strings.Contains(errs, "holds data") {
		t.Fatalf("restore over data: %d %s", code, errs)
	}
	if code, _, errs = program(t, "key", "create", "--data", again, "--name", "x", "--may", "read"); code != 3 || !strings.Contains(errs, "another key") {
		t.Fatalf("a wrong key: %d %s", code, errs)
	}
}
