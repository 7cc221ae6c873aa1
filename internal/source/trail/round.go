package trail

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-io/tocsin/internal/source"
)

const (
	firstBack = time.Hour        // how far before the first start files are taken
	overlap   = 24 * time.Hour   // how much later than its time a file may appear
	settle    = 5 * time.Second  // how long a file of a folder has to be as it is
	catchUp   = 5 * time.Minute  // what other sources have after the start for what waits for them
	listFor   = 15 * time.Minute // how long listing may take
	patience  = time.Hour        // how long a file that cannot be read is tried again
	mostFails = 5                // in a row, for which files are not to blame, end a round
	shown     = 3                // troubles that the status tells of, by name
	files     = "files"          // the part of the notes about files: by path, their stamps
	progress  = "progress"       // the part about the source as a whole
	chains    = "digests"        // the part about digests: by chain, the last one
)

// Run looks for files until ctx ends.
func (t *Trail) Run(ctx context.Context, in *source.Intake) error {
	t.in = in
	t.limits.NotBefore = time.Now().Add(min(t.limits.Grace, catchUp))
	in.Files, in.Late = t.limits, t.late
	if err := t.connect(ctx); err != nil {
		return err
	}
	if err := t.remember(ctx); err != nil {
		return err
	}
	pause := time.NewTicker(t.interval)
	defer pause.Stop()
	for {
		err := t.round(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			in.Fail(err)
		} else {
			in.Well()
		}
		select {
		case <-ctx.Done():
			return nil
		case <-pause.C:
		}
	}
}

// remember reads what was kept before the restart.
func (t *Trail) remember(ctx context.Context) (err error) {
	if t.done, err = t.in.Kept(ctx, files); err != nil {
		return err
	}
	state, err := t.in.Kept(ctx, progress)
	if err != nil {
		return err
	}
	if at, ok := instant(state["until"]); ok {
		t.until = at
	}
	if t.from.IsZero() {
		at, ok := instant(state["from"])
		if !ok {
			at = time.Now().Add(-firstBack)
			if err := t.in.Keep(ctx, progress, "from", micros(at)); err != nil {
				return err
			}
		}
		t.from = at
	}
	return nil
}

// micros is an instant as notes have it.
func micros(at time.Time) string { return strconv.FormatInt(at.UnixMicro(), 10) }

func instant(s string) (time.Time, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return time.UnixMicro(n), err == nil && n > 0
}

// since is from when on files may be new.
func (t *Trail) since() time.Time {
	if at := t.until.Add(-overlap); at.After(t.from) {
		return at
	}
	return t.from
}

// round takes all files that are new. The error says which could not be.
func (t *Trail) round(ctx context.Context) error {
	began := time.Now()
	since := t.since()
	listing, cancel := context.WithTimeout(ctx, listFor)
	defer cancel()
	all, err := t.list(listing, since)
	if err != nil {
		return err
	}
	cancel()
	troubles := &troubles{}
	var digests []source.Input
	inARow := 0
	for _, in := range all {
		if in.Modified.Before(since) || t.done[in.Path] == stamp(&in) {
			continue
		}
		switch kindOf(in.Path) {
		case digest:
			digests = append(digests, in)
			continue
		case other:
			continue
		case log:
		}
		if t.settling(in, began) {
			continue
		}
		err := t.take(ctx, in)
		if ctx.Err() != nil {
			return err
		}
		if inARow++; err == nil {
			inARow = 0
		} else if troubles.add(err); inARow >= mostFails {
			return troubles.err()
		}
	}
	if t.keys != "" {
		t.verify(ctx, digests, troubles)
	}
	if t.limits.Reconcile {
		if err := t.in.ReportMissed(ctx); err != nil {
			troubles.add(fmt.Errorf("report missed events: %w", err))
		}
	}
	if !troubles.waits {
		if err := t.advance(ctx, began); err != nil {
			return err
		}
	}
	return troubles.err()
}

// settling tells that a file of a folder may still be written: it is looked at in a
// later round.
func (t *Trail) settling(in source.Input, now time.Time) bool {
	age := now.Sub(in.Modified)
	return t.s3 == nil && age < settle && age > -settle // a clock that is wrong is no reason to wait
}

// advance notes that all that was written before an instant is taken.
func (t *Trail) advance(ctx context.Context, until time.Time) error {
	if err := t.in.Keep(ctx, progress, "until", micros(until)); err != nil {
		return err
	}
	t.until = until
	since := t.since()
	for name, value := range t.done {
		if at, ok := written(value); ok && at.Before(since) {
			delete(t.done, name)
		}
	}
	return t.in.Forget(ctx, files, since) // what was noted before is of files written before
}

// take has the events of one file delivered, and notes that it was taken.
func (t *Trail) take(ctx context.Context, in source.Input) error {
	_, err := t.in.TakeFile(ctx, in)
	var bad source.Unreadable
	switch {
	case errors.As(err, &bad) && time.Since(in.Modified) < patience:
		return retry{err} // it may come right yet
	case errors.As(err, &bad):
		if err := t.in.RefuseOnce(ctx, "file "+in.Path+" "+stamp(&in), []byte(in.Path), err); err != nil {
			return err
		}
	case err != nil:
		return err
	}
	return t.note(ctx, in)
}

// note notes that a file was taken.
func (t *Trail) note(ctx context.Context, in source.Input) error {
	if err := t.in.Keep(ctx, files, in.Path, stamp(&in)); err != nil {
		return err
	}
	t.done[in.Path] = stamp(&in)
	return nil
}

// stamp tells one content of a file from the next.
func stamp(in *source.Input) string { return fmt.Sprintf("%d %s", in.Size, micros(in.Modified)) }

// written is when the file of a stamp was.
func written(stamp string) (time.Time, bool) {
	_, at, _ := strings.Cut(stamp, " ")
	return instant(at)
}

// retry wraps what is tried again by itself, for a while.
type retry struct{ error }

func (r retry) Unwrap() error { return r.error }

// troubles are what went wrong in a round.
type troubles struct {
	waits bool // something is to be tried again, however long it takes
	first []error
	count int
}

func (t *troubles) add(err error) {
	var r retry
	if !errors.As(err, &r) {
		t.waits = true
	}
	if t.count++; t.count <= shown {
		t.first = append(t.first, err)
	}
}

func (t *troubles) err() error {
	err := errors.Join(t.first...)
	if err == nil {
		return nil
	}
	text := strings.ReplaceAll(err.Error(), "\n", "; ")
	if more := t.count - shown; more > 0 {
		text += fmt.Sprintf("; and %d more", more)
	}
	return errors.New(text)
}

// kind is what a file is, by its name.
type kind int

const (
	other kind = iota
	log
	digest
)

// kindOf tells CloudTrail's log files from its digests and its Insights, which come
// as events by themselves, and from what is no log at all.
func kindOf(name string) kind {
	name = filepath.ToSlash(name)
	last := path.Base(name)
	switch {
	case strings.Contains(last, "_CloudTrail-Digest_"):
		if strings.HasSuffix(last, ".json.gz") || strings.HasSuffix(last, ".json") {
			return digest
		}
		return other
	case strings.Contains(name, "/CloudTrail-Digest/") || strings.Contains(name, "/CloudTrail-Insight/") || strings.Contains(last, "_CloudTrail-Insight_"):
		return other
	}
	for _, end := range []string{".json.gz", ".json", ".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz"} {
		if strings.HasSuffix(last, end) {
			return log
		}
	}
	return other
}

// dated finds the date in a folder as CloudTrail lays them out:
// …/CloudTrail/REGION/YYYY/MM/DD.
var dated = regexp.MustCompile(`/CloudTrail(?:-Digest|-Insight)?/[a-z0-9-]+/(\d{4})(?:/(\d{2})(?:/(\d{2}))?)?$`)

// before tells that a folder holds nothing that was written since an instant: all
// of its days had ended, by a day, before. CloudTrail puts a file under the day on
// which it delivers it.
func before(folder string, since time.Time) bool {
	m := dated.FindStringSubmatch(filepath.ToSlash(folder))
	if m == nil {
		return false
	}
	at, layout := m[1], "2006"
	years, months, days := 1, 0, 0
	if m[2] != "" {
		at, layout, years, months = at+m[2], "200601", 0, 1
	}
	if m[3] != "" {
		at, layout, months, days = at+m[3], "20060102", 0, 1
	}
	start, err := time.Parse(layout, at)
	return err == nil && start.AddDate(years, months, days+1).Before(since)
}
