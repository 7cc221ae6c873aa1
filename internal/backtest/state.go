package backtest

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"

	"github.com/tocsin-io/tocsin/internal/source"
)

// State is a file of what is done: a line that says of which question, then a line
// with the Tally of each file that was read to its end, with a checksum. A line is
// written whole before the next file counts, and one that was cut off by a kill is
// not read, so that no file counts twice and none is left out.
type State struct {
	Path  string
	About string // everything that the tallies depend on; see Question

	file *os.File
}

// ErrState says that a file of state is of another question, or none.
var ErrState = errors.New("state")

// Question tells whether two runs ask the same: of the same rules, paths and
// options that change what is counted.
func Question(o *Options, paths []string) string {
	h := sha256.New()
	enc := json.NewEncoder(h)
	_ = enc.Encode([]any{2, paths, o.Compare, o.AsRecord, o.Since.UTC(), o.Until.UTC(), o.Samples, o.Near}) // a hash takes everything
	for _, r := range o.Rules {
		text := ""
		if r.Pattern != nil {
			text = r.Pattern.String()
		}
		_ = enc.Encode([]string{r.Name, string(r.State), text})
	}
	return hex.EncodeToString(h.Sum(nil))
}

type stateHead struct {
	Backtest string `json:"tocsinBacktest"`
}

// stateLine is one file that is done. Its size and when it was written tell whether it
// is still the same.
type stateLine struct {
	Path    string `json:"path"`
	Size    int64  `json:"size"`
	Written int64  `json:"written"` // microseconds of Unix time
	Tally   *Tally `json:"tally"`
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// load adds to total what was done of the inputs, and readies the file to be
// written on. An input that was written again is not done.
func (s *State) load(total *Tally, inputs []source.Input) (map[string]bool, error) {
	f, err := os.OpenFile(s.Path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrState, err)
	}
	s.file = f
	lines := map[string]*Tally{} // by path; the last one written for it counts
	now := map[string]*source.Input{}
	for i := range inputs {
		now[inputs[i].Path] = &inputs[i]
	}
	in := bufio.NewReaderSize(f, 1<<20)
	whole := int64(0) // bytes of whole lines
	for first := true; ; first = false {
		line, err := in.ReadBytes('\n')
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%w: read %s: %w", ErrState, s.Path, err)
		}
		body, ok := checked(line)
		if first {
			var head stateHead
			if !ok || json.Unmarshal(body, &head) != nil || head.Backtest == "" {
				return nil, fmt.Errorf("%w: %s is no state of a backtest; name another file", ErrState, s.Path)
			}
			if head.Backtest != s.About {
				return nil, fmt.Errorf("%w: %s is of other rules, paths or options; ask the same again, or remove it", ErrState, s.Path)
			}
		} else {
			var l stateLine
			if !ok || json.Unmarshal(body, &l) != nil || l.Tally == nil || len(l.Tally.Columns) != len(total.Columns) {
				break
			}
			if i := now[l.Path]; i != nil && i.Size == l.Size && i.Modified.UnixMicro() == l.Written {
				lines[l.Path] = l.Tally
			}
		}
		whole += int64(len(line))
	}
	done := map[string]bool{}
	for path, t := range lines {
		done[path] = true
		total.Merge(t)
	}
	return done, s.begin(whole)
}

// begin cuts off what is not whole, and writes the head of a new file.
func (s *State) begin(whole int64) error {
	if whole == 0 {
		if info, err := s.file.Stat(); err != nil || info.Size() > 0 && !s.torn() {
			return fmt.Errorf("%w: %s is no state of a backtest; name another file", ErrState, s.Path)
		}
	}
	if err := s.file.Truncate(whole); err != nil {
		return fmt.Errorf("%w: %w", ErrState, err)
	}
	if _, err := s.file.Seek(whole, io.SeekStart); err != nil {
		return fmt.Errorf("%w: %w", ErrState, err)
	}
	if whole > 0 {
		return nil
	}
	return s.write(stateHead{s.About})
}

// torn tells a head that a kill cut off from somebody else's file.
func (s *State) torn() bool {
	b := make([]byte, 64)
	n, _ := s.file.ReadAt(b, 0)
	const sum = 9 // eight digits and a space
	want := []byte(`{"tocsinBacktest":"`)
	return n <= sum || bytes.HasPrefix(b[sum:n], want[:min(len(want), n-sum)])
}

func checked(line []byte) (body []byte, ok bool) {
	sum, body, found := bytes.Cut(bytes.TrimSuffix(line, []byte("\n")), []byte(" "))
	return body, found && string(sum) == checksum(body)
}

func checksum(body []byte) string { return fmt.Sprintf("%08x", crc32.Checksum(body, castagnoli)) }

func (s *State) append(in *source.Input, t *Tally) error {
	return s.write(stateLine{in.Path, in.Size, in.Modified.UnixMicro(), t})
}

func (s *State) write(line any) error {
	body, err := json.Marshal(line)
	if err == nil {
		_, err = s.file.WriteString(checksum(body) + " " + string(body) + "\n")
	}
	if err == nil {
		err = s.file.Sync()
	}
	if err != nil {
		return fmt.Errorf("%w: write %s: %w", ErrState, s.Path, err)
	}
	return nil
}

// Close closes the file, which stays.
func (s *State) Close() error {
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}
