package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/bus"
	"github.com/tocsin-io/tocsin/pattern"
)

// FileLimits say how files are read. The zero value has the defaults.
type FileLimits struct {
	Bytes int64         // decompressed, of one file; default [MaxFile]
	Idle  time.Duration // how long next to nothing may come before reading is given up; default one minute

	Reconcile  bool          // what rules want should have come live too
	Grace      time.Duration // after an event, until when it should have
	OnlyReport bool          // what did not come live is reported and not delivered
	NotBefore  time.Time     // nothing counts as missed before
}

// Limits of files.
const (
	MaxFile       = 4 << 30 // decompressed bytes that are read of one file unless told otherwise
	MaxFileRecord = 1 << 20 // of one record: what is longer is refused
	maxIdle       = time.Minute
	batchBytes    = 4 << 20 // of events that go to the bus in one transaction
	lettersEach   = 20      // dead letters that one file may cause
	begins        = 4 << 10 // how much of a refused record a dead letter shows
)

// FileResult is what was in a file.
type FileResult struct {
	Records int64 // in all
	Matched int64 // that a rule wanted, now for the first time
	Repeats int64 // that a rule wanted and that had been delivered before
	Late    int64 // of those Matched, that came late
	Refused int64 // malformed or too long: the first few stand among the dead letters
	Bytes   int64 // decompressed
}

// TakeFile reads a file of records (CloudTrail's, or any that a [Reader] reads)
// and has the bus deliver those that rules want, each wrapped as EventBridge would
// have, so that a record that came live is not delivered again. Records that no
// rule wants cost little more than reading them. Memory is bounded whatever the
// file is: a few records and one batch of events.
//
// What it delivered is committed. An error of type [Unreadable] says that the file
// is to blame, from some place on; after any other the file is to be taken again.
// Several files may be taken at the same time.
func (in *Intake) TakeFile(ctx context.Context, input Input) (FileResult, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	t := &taking{in: in, ctx: ctx, path: input.Path}
	limits := in.Files.orDefault()
	waits := time.AfterFunc(limits.Idle, func() { stop(errStalled) })
	body, err := input.Open(ctx)
	waits.Stop()
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return t.FileResult, fmt.Errorf("%s: %w", input.Path, err)
	}
	t.desk = in.desk()
	r := &t.desk.reader
	r.Max, r.Most, r.Refused, r.First = MaxFileRecord, limits.Bytes, t.refuse, t.first
	stats, err := r.Read(newPatient(ctx, body, limits.Idle, stop, &t.failed), t.take)
	body.Close() // it was only read
	in.leave(t.desk)
	t.flush()
	t.Records, t.Refused, t.Bytes = stats.Records, t.Refused+stats.Malformed+stats.Long, stats.Bytes
	t.tell()
	switch cause := context.Cause(ctx); {
	case t.failed != nil:
		err = t.failed
	case err != nil && cause != nil:
		err = cause
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", input.Path, err)
	}
	return t.FileResult, err
}

func (l FileLimits) orDefault() FileLimits {
	if l.Bytes == 0 {
		l.Bytes = MaxFile
	}
	if l.Idle == 0 {
		l.Idle = maxIdle
	}
	return l
}

// A desk is what one file after the other is read with: it knows how the records of
// the files before were built.
type desk struct {
	reader Reader
	screen *screen
}

// desk gives one that nobody uses.
func (in *Intake) desk() *desk {
	in.mu.Lock()
	defer in.mu.Unlock()
	if n := len(in.desks); n > 0 {
		d := in.desks[n-1]
		in.desks = in.desks[:n-1]
		return d
	}
	return new(desk)
}

func (in *Intake) leave(d *desk) {
	in.mu.Lock()
	defer in.mu.Unlock()
	d.reader.Refused, d.reader.First = nil, nil
	if len(in.desks) < maxDesks {
		in.desks = append(in.desks, d)
	}
}

// maxDesks is how many desks are kept while no file is read.
const maxDesks = 4

// taking is one file that is read.
type taking struct {
	FileResult
	in     *Intake
	ctx    context.Context
	path   string
	failed error // why it cannot go on

	desk    *desk
	decoder Decoder
	batch   []bus.Arrival
	size    int   // bytes in batch
	told    int64 // records that status has
	count   int64 // records that were offered
	letters int
	last    [32]byte // the time of the record that was read last
	stamp   int      // its length
}

// take is offered every record.
func (t *taking) take(_ string, record []byte) bool {
	if t.failed != nil {
		return true // the rest of what was read already
	}
	wanted, ok := t.screen().match(record)
	if ok {
		t.took(wanted, record)
	}
	return ok
}

// first is offered what begins with a record.
func (t *taking) first(_ string, text []byte, again bool) (n int, short bool) {
	if t.failed != nil {
		return 0, false
	}
	screen := t.desk.screen
	if !again {
		screen = t.screen()
	}
	n, short, wanted := screen.first(text, again)
	if n > 0 {
		t.took(wanted, text[:n])
	}
	return n, short
}

// screen gives that for the rules as they are now.
func (t *taking) screen() *screen {
	if t.desk.screen == nil || t.desk.screen.asOf != t.in.Bus.Changes() {
		t.desk.screen = newScreen(t.in.Bus, t.in.Who.Account, t.in.Who.Region)
	}
	return t.desk.screen
}

// took counts a record, of which wanted is not nil if a rule wants it.
func (t *taking) took(wanted, record []byte) {
	t.count++
	if at := t.desk.screen.time(record); len(at) > 0 {
		t.stamp = copy(t.last[:], at)
	}
	if wanted != nil {
		t.add(wanted)
	}
}

// add has a wanted record delivered with the next batch.
func (t *taking) add(record []byte) {
	arrivals, err := t.decoder.Decode(record, t.in.Origin())
	if err != nil {
		t.Refused++
		t.put(record, err.Error())
		return
	}
	for _, a := range arrivals {
		t.in.expect(&a)
		t.batch = append(t.batch, a)
		t.size += len(a.Event.Raw)
	}
	if len(t.batch) >= most || t.size >= batchBytes {
		t.flush()
		t.tell()
	}
}

// flush has the batch delivered.
func (t *taking) flush() {
	if len(t.batch) == 0 || t.failed != nil {
		return
	}
	out, err := t.in.put(t.ctx, t.batch)
	t.Matched += int64(out.Matched)
	t.Repeats += int64(out.Repeats)
	t.Late += int64(out.Late)
	t.failed = err
	for _, err := range out.Errs {
		if err != nil && tocsin.KindOf(err) == tocsin.Invalid {
			t.Refused++
		}
	}
	clear(t.batch)
	t.batch, t.size = t.batch[:0], 0
}

// refuse is told of what is no record.
func (t *taking) refuse(text []byte, why string) {
	if i := bytes.IndexByte(text, '\n'); i >= 0 {
		text = text[:i]
	}
	t.put(text, why)
}

// put puts a record aside, unless the file has caused enough dead letters.
func (t *taking) put(text []byte, why string) {
	if t.letters++; t.letters > lettersEach || t.failed != nil {
		return
	}
	text = text[:min(len(text), begins)]
	if t.letters == lettersEach {
		why += " (more of this file are not shown)"
	}
	id := ID(t.in.Name, t.path, fmt.Sprint(t.letters), string(text)) // the same when the file is taken again
	if err := t.in.RefuseOnce(t.ctx, id, text, fmt.Errorf("%s: after %d records: %s", t.path, t.count, why)); err != nil {
		t.failed = err
	}
}

// tell brings the status up to date.
func (t *taking) tell() {
	at, _ := time.Parse(time.RFC3339, string(t.last[:t.stamp]))
	t.in.mu.Lock()
	defer t.in.mu.Unlock()
	if n := t.count - t.told; n > 0 {
		t.in.came(time.Now(), n, at)
		t.told = t.count
	}
}

// A screen tells the records that rules may want from all others, as they stand.
type screen struct {
	asOf   int64
	wishes []bus.Wish
	sieve  *Sieve
	sift   *Sifter
	set    pattern.Set[int] // of whole events, by the place in wishes
	wrap   Wrapper
	head   Head
	hits   []int
	record []byte // that is looked at
	event  []byte // that it is; nil as long as nobody asked for it
}

func newScreen(b *bus.Bus, account tocsin.Account, region tocsin.Region) *screen {
	s := &screen{sieve: NewSieve()}
	s.wishes, s.asOf = b.Wishes(account, region, tocsin.DefaultBus)
	s.sieve.TellHidden()
	for i, w := range s.wishes {
		s.sieve.Add(w.Pattern)
		s.set.Add(i, w.Pattern)
	}
	s.sift = NewSifter(&s.sieve.Board, "eventTime")
	return s
}

// match gives the record, or the one in it, if a rule wants it; it is not ok for
// what is no JSON.
func (s *screen) match(record []byte) (wanted []byte, ok bool) {
	var err error
	if s.hits, err = s.sift.Match(&s.sieve.Set, record, s.hits[:0]); err != nil {
		return nil, false
	}
	return s.sifted(record)
}

// first is match for the record that a text begins with, of the length n. If n is 0,
// match has to be asked; if it is short, with more of the text.
func (s *screen) first(text []byte, again bool) (n int, short bool, wanted []byte) {
	if n, short, s.hits = s.sift.MatchFirst(text, again, s.hits[:0]); n == 0 {
		return 0, short, nil
	}
	wanted, ok := s.sifted(text[:n])
	if !ok {
		return 0, false, nil
	}
	return n, false, wanted
}

// sifted goes on with a record that was matched as it stands.
func (s *screen) sifted(record []byte) (wanted []byte, ok bool) {
	if s.sieve.None(s.sift.Built, s.hits) { // most come here
		return nil, true
	}
	s.sift.Head(&s.head, record)
	s.record, s.event = record, nil
	var settled bool
	if s.hits, settled = s.sieve.Settle(s.sift.Built, &s.head, s.hits, s.matches); settled {
		return s.seen(), true
	}
	if s.head.Kind == LookupEvent {
		s.record = bytes.Clone(s.wrap.Inner(&s.head))
		s.sift.Built = false // the record that it holds was not
		if pattern.Check(s.record) != nil {
			return nil, false
		}
		s.head.Parse(s.record)
	}
	if s.wrapped() == nil {
		return nil, true
	}
	s.hits = s.set.Match(s.event, s.hits[:0])
	return s.seen(), true
}

// matches asks a rule of the event of the record.
func (s *screen) matches(key int) bool { return s.wishes[key].Pattern.Match(s.wrapped()) }

// wrapped is the event of the record, or nil.
func (s *screen) wrapped() []byte {
	if s.event == nil {
		s.event = s.wrap.Wrap(&s.head, s.record)
	}
	return s.event
}

// seen gives the record if a rule that matches its event is offered such events.
func (s *screen) seen() []byte {
	if len(s.hits) == 0 {
		return nil
	}
	if slices.ContainsFunc(s.hits, func(k int) bool { return s.wishes[k].All }) || s.head.Kind != CloudTrail || !s.sieve.Hidden(s.sift, s.wrapped) {
		return s.record
	}
	return nil
}

// time is that of the record, where it can be had without looking.
func (s *screen) time(record []byte) []byte {
	if !s.sift.Built {
		return nil
	}
	return s.sift.Shape.Kept(0, record)
}

// patient reads with a context, lets others go first now and then, and gives up
// when next to nothing comes for long.
type patient struct {
	ctx    context.Context
	r      io.Reader
	idle   time.Duration
	timer  *time.Timer
	stop   context.CancelCauseFunc
	failed *error

	waited time.Duration // for got bytes
	got    int
}

// slowest is how many bytes have to come in the time in which something has to come.
const slowest = 64 << 10

var errStalled = errors.New("it comes too slowly, or not at all any more: reading was given up")

func newPatient(ctx context.Context, body io.ReadCloser, idle time.Duration, stop context.CancelCauseFunc, failed *error) *patient {
	timer := time.AfterFunc(idle, func() {
		stop(errStalled)
		body.Close() // which ends a Read that waits
	})
	timer.Stop()
	return &patient{ctx: ctx, r: body, idle: idle, timer: timer, stop: stop, failed: failed}
}

func (p *patient) Read(b []byte) (int, error) {
	runtime.Gosched() // events of other sources are not to wait for a file
	if *p.failed != nil {
		return 0, *p.failed
	}
	if err := context.Cause(p.ctx); err != nil {
		return 0, err
	}
	p.timer.Reset(p.idle)
	start := time.Now()
	n, err := p.r.Read(b)
	p.timer.Stop()
	p.got += n
	if p.waited += time.Since(start); p.waited >= p.idle && err == nil {
		if p.got < slowest {
			p.stop(errStalled)
			return n, errStalled
		}
		p.waited, p.got = 0, 0
	}
	return n, err
}
