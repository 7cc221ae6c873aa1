package source

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
)

// MaxRecord is the longest record that is taken unless a Reader says otherwise:
// four times what EventBridge takes.
const MaxRecord = 4 << 20

// Take is offered each record: its text, which is valid until Take returns, and
// the key of the list that it stands in ("Records" …; empty outside). It says
// whether the text is JSON; if not, nothing may have come of it, because the text
// may be offered again, cut differently.
type Take func(list string, text []byte) bool

// Stats are what a Reader went through.
type Stats struct {
	Records   int64 // taken
	Malformed int64 // what stood in the place of a record and is none
	Long      int64 // longer than MaxRecord, and left out
	Bytes     int64 // decompressed
}

// Unreadable says that a file, or its rest, could not be read, for people.
type Unreadable string

func (e Unreadable) Error() string { return string(e) }

const (
	errDigest   = Unreadable("a digest of CloudTrail: it holds hashes of log files, not records")
	errNothing  = Unreadable("holds no JSON objects")
	errCutOff   = Unreadable("cut off: ends within a record or a list")
	errTruncate = Unreadable("truncated gzip: the file is cut off")
	errZstd     = Unreadable("compressed with zstd: only gzip is read; decompress it first")
	errZip      = Unreadable("a zip archive: unpack it first")
	errParquet  = Unreadable("a Parquet file: export it as JSON")
	errEndless  = Unreadable("holds a value of more than 64 MiB: it is no log")
	errTooLarge = Unreadable("larger than what is read of one file, when decompressed: the rest was left out")
)

// A Reader cuts files into records. It keeps its buffers from one file to the
// next. The zero Reader is ready for use, by one goroutine.
type Reader struct {
	Max  int   // longest record in bytes; 0 means MaxRecord
	Most int64 // decompressed bytes that are read of a file; 0: all
	// Refused, which may be nil, is told what stood in the place of a record and
	// was left out, and why: how it begins, valid until it returns.
	Refused func(text []byte, why string)

	// First, which may be nil, is offered text that begins with a record of a list
	// and may go on behind it. It gives the record's length if it takes it; if not, 0,
	// and the record is offered to Take. If text is short, it ends within the record:
	// First is offered more of it again.
	First func(list string, text []byte, again bool) (n int, short bool)

	in *bufio.Reader
	gz *gzip.Reader

	// Records are cut where the decompressor has written them. Only what spans
	// two of its chunks is copied, to carry.
	next  func() ([]byte, bool) // the next chunk; the one before is gone then
	chunk []byte
	carry []byte
	used  int    // how many bytes of chunk are at the end of carry too
	b     []byte // chunk or carry
	at    int    // where reading is in b
	err   error

	stats Stats
	take  Take
	plain []byte // the beginning of an object that was no container
}

// window is how much of a file that is not compressed is read at once: little
// enough to stay in a processor's cache until it is matched.
const window = 64 << 10

const (
	hopeless  = 4 << 20  // after how many bytes without a record a file is given up
	boundless = 64 << 20 // how long a value may be that is gone past
)

// hopeless tells that there will hardly be a record in the file.
func (r *Reader) hopeless() bool {
	return r.stats.Records == 0 && r.stats.Malformed > 0 && r.stats.Bytes-int64(len(r.b)-r.at) > hopeless
}

const (
	notJSON = "it is not a JSON object"
	tooLong = "it is longer than a record may be"
)

// malformed counts what is no record.
func (r *Reader) malformed(text []byte) {
	r.stats.Malformed++
	if r.Refused != nil {
		r.Refused(text, notJSON)
	}
}

// Read offers the records of a file in their order. The error is of type
// [Unreadable] if the file is to blame; what was offered before it stays.
func (r *Reader) Read(in io.Reader, take Take) (Stats, error) {
	r.begin(in, take)
	chunks, err := r.unpack()
	if err != nil {
		return r.stats, err
	}
	next, stop := iter.Pull(chunks)
	defer stop()
	r.next = next
	const mark = "\ufeff" // that some editors put before a text
	for len(r.b)-r.at < len(mark) && r.more() {
	}
	if bytes.HasPrefix(r.b[r.at:], []byte(mark)) {
		r.at += len(mark)
	}
	for err == nil && r.space() {
		switch r.b[r.at] {
		case '{':
			err = r.top()
		case '[':
			r.at++
			err = r.list("")
		default:
			r.malformed(r.b[r.at:])
			r.line()
		}
		if r.hopeless() {
			return r.stats, errNothing
		}
	}
	if err == nil || errors.Is(err, errCutOff) {
		if e := r.failure(); e != nil {
			err = e
		}
	}
	if err == nil && r.stats.Records == 0 && r.stats.Malformed > 0 {
		err = errNothing
	}
	return r.stats, err
}

func (r *Reader) begin(in io.Reader, take Take) {
	if r.in == nil {
		r.in = bufio.NewReaderSize(nil, window)
	}
	if r.Max == 0 {
		r.Max = MaxRecord
	}
	r.in.Reset(in)
	r.chunk, r.b, r.carry, r.plain = nil, nil, r.carry[:0], r.plain[:0]
	r.at, r.used, r.err, r.stats, r.take = 0, 0, nil, Stats{}, take
}

// unpack looks at how the file begins and gives its text in chunks.
func (r *Reader) unpack() (iter.Seq[[]byte], error) {
	head, err := r.in.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read: %w", err)
	}
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		if r.gz == nil {
			r.gz, err = gzip.NewReader(r.in)
		} else {
			err = r.gz.Reset(r.in)
		}
		if err != nil {
			r.gz, r.err = nil, err
			return nil, r.failure()
		}
		return r.chunks(r.gz), nil
	case string(head) == "\x28\xb5\x2f\xfd":
		return nil, errZstd
	case string(head) == "PK\x03\x04":
		return nil, errZip
	case string(head) == "PAR1":
		return nil, errParquet
	}
	return r.chunks(r.in), nil
}

// chunks gives what from writes, where it stands in from's buffer, and sets err at
// the end.
func (r *Reader) chunks(from io.WriterTo) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		_, err := from.WriteTo(writer(func(b []byte) (int, error) {
			if len(b) > 0 && !yield(b) {
				return 0, io.ErrClosedPipe
			}
			return len(b), nil
		}))
		if r.err = err; err == nil {
			r.err = io.EOF
		}
	}
}

// writer is a function that is written to.
type writer func([]byte) (int, error)

func (w writer) Write(b []byte) (int, error) { return w(b) }

// failure is why reading stopped before the end, in words.
func (r *Reader) failure() error {
	var corrupt flate.CorruptInputError
	var bad Unreadable
	switch {
	case r.err == nil || errors.Is(r.err, io.EOF):
		return nil
	case errors.As(r.err, &bad):
		return bad
	case errors.Is(r.err, io.ErrUnexpectedEOF):
		return errTruncate
	case errors.Is(r.err, gzip.ErrHeader) || errors.Is(r.err, gzip.ErrChecksum) || errors.As(r.err, &corrupt):
		return Unreadable("corrupt gzip: " + r.err.Error())
	}
	return fmt.Errorf("read: %w", r.err)
}

// step is how much of a chunk is copied at once behind what spans its beginning.
const step = 4 << 10

// more has more of the file in b behind what is unread. It is false at the end,
// and if Max bytes are unread already.
func (r *Reader) more() bool {
	unread := r.b[r.at:]
	if len(unread) >= r.Max || r.used == len(r.chunk) && r.err != nil {
		return false
	}
	if len(unread) > r.used || r.used == len(r.chunk) {
		r.carry = append(r.carry[:0], unread...)
		r.b, r.at = r.carry, 0
	}
	if r.used == len(r.chunk) {
		r.used = 0
		if r.chunk, _ = r.next(); r.chunk == nil {
			return false
		}
		if r.stats.Bytes += int64(len(r.chunk)); r.Most > 0 && r.stats.Bytes > r.Most {
			r.chunk, r.err = nil, errTooLarge
			return false
		}
	}
	if len(unread) <= r.used { // all of it stands in the chunk
		r.b, r.at, r.used = r.chunk, r.used-len(unread), len(r.chunk)
		return true
	}
	n := min(len(r.chunk)-r.used, max(step, len(r.carry)))
	r.carry = append(r.carry, r.chunk[r.used:r.used+n]...)
	r.b = r.carry
	r.used += n
	return true
}

// space goes to the next byte that is no white space; false at the end.
func (r *Reader) space() bool {
	for {
		r.at = skipSpace(r.b, r.at)
		if r.at < len(r.b) {
			return true
		}
		if !r.more() {
			return false
		}
	}
}

// line goes behind the line.
func (r *Reader) line() {
	for {
		if n := bytes.IndexByte(r.b[r.at:], '\n'); n >= 0 {
			r.at += n + 1
			return
		}
		r.at = len(r.b)
		if r.hopeless() || !r.more() {
			return
		}
	}
}

// top reads an object that stands by itself: a record, or what holds a list of
// records.
func (r *Reader) top() error {
	if len(r.plain) == 0 || !bytes.HasPrefix(r.b[r.at:], r.plain) {
		for len(r.b)-r.at < lookAhead && r.more() {
		}
		head := r.b[r.at:min(len(r.b), r.at+lookAhead)]
		key, n := container(head)
		switch {
		case key == digest:
			return errDigest
		case key != "":
			r.at += n
			if err := r.list(key); err != nil {
				return err
			}
			return r.rest(cut{depth: 1})
		}
		r.plain = append(r.plain[:0], firstKey(head)...)
	}
	if n := bytes.IndexByte(r.b[r.at:min(len(r.b), r.at+lineStep)], '\n'); n > 0 {
		if r.take("", bytes.TrimRight(r.b[r.at:r.at+n], " \t\r")) {
			r.stats.Records++
			r.at += n + 1
			return nil
		}
	}
	return r.record("", true)
}

// list reads from after an opening bracket to after the closing one.
func (r *Reader) list(key string) error {
	var s seam
	for r.space() {
		switch r.b[r.at] {
		case ']':
			r.at++
			return nil
		case ',':
			r.at++
		case '{':
			if n := r.first(key); n > 0 {
				r.stats.Records++
				r.at += n
				continue
			}
			n := s.guess(r.b[r.at:])
			for n == 0 && s.reach() > len(r.b)-r.at && r.more() {
				n = s.guess(r.b[r.at:])
			}
			if n > 0 {
				if r.take(key, r.b[r.at:r.at+n]) {
					r.stats.Records++
					s.length, s.wrong = n, 0
					r.at += n
					continue
				}
				s.wrong++
			}
			before := r.stats.Records
			if err := r.record(key, false); err != nil {
				return err
			}
			if r.stats.Records > before {
				s.learn(r.b, r.at)
			}
		case '[':
			r.malformed(r.b[r.at:])
			if err := r.rest(cut{}); err != nil {
				return err
			}
		default:
			r.malformed(r.b[r.at:])
			r.scalar()
		}
	}
	return errCutOff
}

// first offers what begins with a record to First.
func (r *Reader) first(list string) int {
	if r.First == nil {
		return 0
	}
	for again := false; ; again = true {
		n, short := r.First(list, r.b[r.at:], again)
		if !short || len(r.b)-r.at > longFirst || !r.more() {
			return n
		}
	}
}

// longFirst is how much of a record is offered to First again and again, which looks
// through a value that does not end from its beginning each time.
const longFirst = 256 << 10

// scalar goes behind a value that is no record.
func (r *Reader) scalar() {
	quoted := r.b[r.at] == '"'
	c := cut{text: quoted}
	if quoted {
		r.at++
	}
	for {
		i := r.at
		if c.text {
			i = c.endOfText(r.b, r.at)
		}
		for ; !c.text && i < len(r.b); i++ {
			if k := r.b[i]; k == ',' || k == ']' || k == '{' || k == '[' {
				r.at = i
				return
			}
		}
		if r.at = len(r.b); r.hopeless() || !r.more() {
			return
		}
	}
}

// rest goes behind the value that c is in.
func (r *Reader) rest(c cut) error {
	for past := 0; ; {
		n, ended := c.scan(r.b[r.at:])
		r.at += n
		if ended {
			return nil
		}
		if past += n; past > boundless {
			return errEndless
		}
		if !r.more() {
			return errCutOff
		}
	}
}

// record reads one object and offers it. Objects by themselves (alone) begin a
// line each, which shows where a broken one ends.
func (r *Reader) record(key string, alone bool) error {
	var c cut
	n := 0 // of the record
	for {
		to, broken := len(r.b), false
		if alone {
			to, broken = r.nextLine(n)
		}
		k, ended := 0, false
		if to > r.at+n {
			k, ended = c.scan(r.b[r.at+n : to])
		}
		n += k
		switch {
		case ended:
			return r.offer(key, n)
		case broken:
			r.malformed(r.b[r.at : r.at+n])
			r.at += n
			return nil
		case to < len(r.b):
			continue
		}
		if r.more() && n < len(r.b)-r.at {
			continue
		}
		if r.err == nil { // the window is full
			r.stats.Long++
			if r.Refused != nil {
				r.Refused(r.b[r.at:r.at+n], tooLong)
			}
			r.at += n
			return r.rest(c)
		}
		r.stats.Malformed++ // the error tells of it
		r.at = len(r.b)
		return errCutOff
	}
}

// lineStep is how far is looked for the end of a line at once, so that records
// that stand in no lines do not cost a look at all of the window each.
const lineStep = 32 << 10

// nextLine gives how far an object that is read up to n may go on: to where the
// next object begins a line (found), or some way.
func (r *Reader) nextLine(n int) (to int, found bool) {
	from, to := r.at+max(n-1, 0), min(len(r.b), r.at+n+lineStep)
	if i := bytes.Index(r.b[from:to], []byte("\n{")); i >= 0 {
		return from + i + 1, true
	}
	return to, false
}

func (r *Reader) offer(key string, n int) error {
	if r.take(key, r.b[r.at:r.at+n]) {
		r.stats.Records++
	} else {
		r.malformed(r.b[r.at : r.at+n])
	}
	r.at += n
	return nil
}
