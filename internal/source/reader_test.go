package source

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin/pattern"
)

// read gives the records of a file, and what else Read says.
func read(t testing.TB, in io.Reader, limit int) (got []string, stats Stats, err error) {
	t.Helper()
	r := Reader{Max: limit}
	stats, err = r.Read(in, func(_ string, text []byte) bool {
		if pattern.Check(text) != nil {
			return false
		}
		got = append(got, string(text))
		return true
	})
	return got, stats, err
}

func zipped(t testing.TB, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.WriteString(z, text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// long is a record of about n bytes.
func long(id, n int) string {
	return fmt.Sprintf(`{"eventVersion":"1.09","n":%d,"pad":"%s","more":{"a":[1,{"b":"]}"}]}}`, id, strings.Repeat(`x\"{`, n/4))
}

func TestRead(t *testing.T) {
	const a, b, c = `{"k":1,"t":"}{][\""}`, `{"k":2,"o":{"p":[{}]}}`, `{"k":3}`
	many := make([]string, 200)
	for i := range many {
		many[i] = long(i, 40+i*13)
	}
	list := func(s ...string) string { return `{"Records":[` + strings.Join(s, ",") + `]}` }
	for _, tc := range []struct {
		name, text string
		want       []string
		malformed  int64
		err        error
	}{
		{"CloudTrail", list(a, b, c), []string{a, b, c}, 0, nil},
		{"an empty list", list(), nil, 0, nil},
		{"spread out", "\ufeff { \"Records\" : [ " + a + " ,\n\t" + b + " ]\n}\n", []string{a, b}, 0, nil},
		{"members before and after", `{"v":"1","n":2,"Records":[` + a + `],"x":{"y":[1]}}`, []string{a}, 0, nil},
		{"findings", `{"Findings":[` + a + `]}`, []string{a}, 0, nil},
		{"configuration items", `{"fileVersion":"1.0","configSnapshotId":"s","configurationItems":[` + a + "," + b + `]}`, []string{a, b}, 0, nil},
		{"lookup events", `{"Events":[` + a + `]}`, []string{a}, 0, nil},
		{"a bare list", `[` + a + `,` + b + `]`, []string{a, b}, 0, nil},
		{"lines", a + "\n" + b + "\r\n\n" + c, []string{a, b, c}, 0, nil},
		{"one after the other", a + b + c, []string{a, b, c}, 0, nil},
		{"over several lines", "{\n  \"k\":\n 1\n}\n" + b, []string{"{\n  \"k\":\n 1\n}", b}, 0, nil},
		{"two files in one", list(a) + list(b, c), []string{a, b, c}, 0, nil},
		{"a broken line", a + "\n{\"k\":\n" + b + "\n", []string{a, b}, 1, nil},
		{"a line of something else", a + "\nhello\n" + b + "\n", []string{a, b}, 1, nil},
		{"a broken record", list(a, `{"k":x}`, c), []string{a, c}, 1, nil},
		{"no objects in a list", list(a, `1`, `"s,]"`, `[2]`, b), []string{a, b}, 3, nil},
		{"many", list(many...), many, 0, nil},
		{"many lines", strings.Join(many, "\n"), many, 0, nil},
		{"cut off in a record", `{"Records":[` + a + `,{"k":`, []string{a}, 1, errCutOff},
		{"cut off behind one", `{"Records":[` + a, []string{a}, 0, errCutOff},
		{"no JSON", "hello\nworld\n", nil, 2, errNothing},
		{"a digest", `{"awsAccountId":"1","digestStartTime":"2026","logFiles":[]}`, nil, 0, errDigest},
		{"nothing", "", nil, 0, nil},
		{"zip", "PK\x03\x04rest", nil, 0, errZip},
	} {
		for form, in := range map[string]io.Reader{
			"plain":          strings.NewReader(tc.text),
			"byte for byte":  iotest.OneByteReader(strings.NewReader(tc.text)),
			"gzip":           bytes.NewReader(zipped(t, tc.text)),
			"gzip, in parts": bytes.NewReader(append(zipped(t, tc.text[:len(tc.text)/2]), zipped(t, tc.text[len(tc.text)/2:])...)),
		} {
			if errors.Is(tc.err, errZip) && strings.HasPrefix(form, "gzip") {
				continue
			}
			got, stats, err := read(t, in, 0)
			if diff := cmp.Diff(tc.want, got); diff != "" || !errors.Is(err, tc.err) || stats.Malformed != tc.malformed || stats.Records != int64(len(tc.want)) {
				t.Errorf("%s, %s: %v, %d malformed, %d records; records (-want +got):\n%s", tc.name, form, err, stats.Malformed, stats.Records, diff)
			}
		}
	}
}

// What is broken ends with its file, and what came before counts.
func TestReadBroken(t *testing.T) {
	text := `{"Records":[` + long(1, 2000) + "," + long(2, 2000) + "," + long(3, 200_000) + `]}`
	whole := zipped(t, text)
	flipped := bytes.Clone(whole)
	flipped[len(flipped)-6] ^= 1
	var bad Unreadable
	if got, _, err := read(t, bytes.NewReader(whole[:len(whole)-40]), 0); !errors.Is(err, errTruncate) || len(got) < 2 {
		t.Errorf("truncated: %d records, %v", len(got), err)
	}
	if got, _, err := read(t, bytes.NewReader(flipped), 0); !errors.As(err, &bad) || !strings.Contains(err.Error(), "corrupt gzip") || len(got) != 3 {
		t.Errorf("bit flipped: %d records, %v", len(got), err)
	}
	if got, stats, err := read(t, bytes.NewReader(whole), 100_000); err != nil || len(got) != 2 || stats.Long != 1 {
		t.Errorf("too long: %d records, %d too long, %v", len(got), stats.Long, err)
	}
	failing := io.MultiReader(strings.NewReader(text[:3000]), iotest.ErrReader(errors.New("disk on fire")))
	if got, _, err := read(t, failing, 0); err == nil || errors.As(err, &bad) || !strings.Contains(err.Error(), "disk on fire") || len(got) != 1 {
		t.Errorf("read error: %d records, %v", len(got), err)
	}
}

// endless is text that never ends.
type endless struct{ text string }

func (e endless) Read(b []byte) (int, error) {
	n := 0
	for n < len(b) {
		n += copy(b[n:], e.text)
	}
	return n, nil
}

// However much comes out of a file, no more of it is kept than one record.
func TestReadBomb(t *testing.T) {
	const size = 48 << 20
	for name, in := range map[string]io.Reader{
		"one record":  io.MultiReader(strings.NewReader(`{"Records":[{"k":"`), io.LimitReader(endless{"0123456789"}, size), strings.NewReader(`"},{"k":1}]}`)),
		"blanks":      io.MultiReader(io.LimitReader(endless{" "}, size), strings.NewReader(`{"k":1}`)),
		"an open end": io.MultiReader(strings.NewReader(`{"Records":[{"k":1},`), io.LimitReader(endless{`{"k":[`}, size)),
	} {
		r := Reader{}
		n := 0
		stats, err := r.Read(in, func(_ string, text []byte) bool {
			if pattern.Check(text) != nil {
				return false
			}
			n++
			return true
		})
		if stats.Bytes < size || n != 1 || err != nil && !errors.Is(err, errCutOff) {
			t.Errorf("%s: %d records in %d bytes, %v", name, n, stats.Bytes, err)
		}
		if cap(r.carry) > 4*MaxRecord {
			t.Errorf("%s: keeps %d bytes", name, cap(r.carry))
		}
	}
}

// FuzzSplit holds the Reader against one that decodes all of the file.
func FuzzSplit(f *testing.F) {
	for _, text := range []string{
		`{"Records":[{"a":1},{"a":"}\"]"}]}`, `[{"a":1},{}]`, "{\"a\":1}\n{\"a\":[{}]}\n", `{"Records":[{"Ab":1},{"Ab":{"Ab":2},"x":"},{\"Ab"},{"Ab":3}]}`,
		`{"Events":[{"a":{"b":[1,2,{"c":"\\"}]}}],"z":0}`, `{"Records":[1,"x",[{}],{"a":1}]}`, `{"a":[{"Records":[1]}]}`,
	} {
		f.Add([]byte(text), uint8(3))
		f.Add(zipped(f, text), uint8(0))
	}
	f.Fuzz(func(t *testing.T, text []byte, piece uint8) {
		var in io.Reader = bytes.NewReader(text)
		got, stats, _ := read(t, in, 0)
		if n := int64(len(got)); n != stats.Records {
			t.Fatalf("%d records offered, %d counted", n, stats.Records)
		}
		again, _, _ := read(t, pieces{bytes.NewReader(text), int(piece) + 1}, 0)
		if diff := cmp.Diff(got, again); diff != "" {
			t.Fatalf("in pieces of %d other records come (-whole +pieces):\n%s", int(piece)+1, diff)
		}
		const head = `{"Records":[`
		if pattern.Check(text) != nil || !bytes.HasPrefix(text, []byte(head)) {
			return
		}
		// Only the first list counts, whatever the keys behind it are.
		list := json.NewDecoder(bytes.NewReader(text[len(head)-1:]))
		var want []string
		for _, err := list.Token(); err == nil && list.More(); {
			var r json.RawMessage
			if err = list.Decode(&r); err == nil && pattern.Check(r) == nil {
				want = append(want, string(r))
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%q (-want +got):\n%s", text, diff)
		}
	})
}

// pieces gives no more than n bytes at once.
type pieces struct {
	r io.Reader
	n int
}

func (p pieces) Read(b []byte) (int, error) { return p.r.Read(b[:min(len(b), p.n)]) }
