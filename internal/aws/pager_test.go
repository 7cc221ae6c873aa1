package aws_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tocsin-io/tocsin/internal/aws"
)

func newPager(tb testing.TB, secret string) *aws.Pager {
	tb.Helper()
	p, err := aws.NewPager([]byte(secret))
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// TestPager takes back what it gave out, for the same scope and unchanged, and nothing
// else.
func TestPager(t *testing.T) {
	p, other := newPager(t, "secret"), newPager(t, "other")
	alphabet := regexp.MustCompile(`^[A-Za-z0-9_=-]+$`)
	rapid.Check(t, func(t *rapid.T) {
		cursor := rapid.StringN(1, 300, 1400).Draw(t, "cursor")
		scope := aws.Scope(rapid.String().Draw(t, "operation"), rapid.String().Draw(t, "account"))
		token := p.Encode(scope, cursor)
		if !alphabet.MatchString(token) {
			t.Fatalf("token %q", token)
		}
		if got, err := p.Decode(scope, token); err != nil || got != cursor {
			t.Fatalf("Decode = %q, %v", got, err)
		}
		changed := []byte(token)
		i := rapid.IntRange(0, len(changed)-1).Draw(t, "at")
		c := rapid.SampledFrom([]byte("AZaz09-_=+/ \x00")).Draw(t, "byte")
		if changed[i] == c {
			return
		}
		changed[i] = c
		for name, bad := range map[string]func() (string, error){
			"changed":       func() (string, error) { return p.Decode(scope, string(changed)) },
			"cut":           func() (string, error) { return p.Decode(scope, token[:i]+token[i+1:]) },
			"other scope":   func() (string, error) { return p.Decode(scope+"x", token) },
			"other secret":  func() (string, error) { return other.Decode(scope, token) },
			"longer":        func() (string, error) { return p.Decode(scope, token+"A") },
			"much too long": func() (string, error) { return p.Decode(scope, strings.Repeat("A", 5000)) },
		} {
			if got, err := bad(); !errors.Is(err, aws.ErrBadToken) || got != "" {
				t.Fatalf("%s: %q, %v", name, got, err)
			}
		}
	})
}

func TestPagerEnds(t *testing.T) {
	p := newPager(t, "secret")
	if token := p.Encode("s", ""); token != "" {
		t.Errorf("the end of a list has a token: %q", token)
	}
	if cursor, err := p.Decode("s", ""); cursor != "" || err != nil {
		t.Errorf("no token: %q, %v", cursor, err)
	}
	if n := len(p.Encode("s", strings.Repeat("c", 1472))); n == 0 || n > 2000 {
		t.Errorf("the longest cursor has a token of %d", n)
	}
	if p.Encode("s", strings.Repeat("c", 1473)) != "" {
		t.Error("a cursor too long has a token")
	}
	if _, err := aws.NewPager(nil); err == nil {
		t.Error("an empty secret is taken")
	}
}

func TestScope(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.SliceOf(rapid.String()).Draw(t, "a")
		b := rapid.SliceOf(rapid.String()).Draw(t, "b")
		if (aws.Scope(a...) == aws.Scope(b...)) != (strings.Join(a, "\xff") == strings.Join(b, "\xff") && len(a) == len(b)) {
			t.Fatalf("%q and %q", a, b)
		}
	})
}
