// Package trail reads the log files that CloudTrail delivers, out of a folder or a
// bucket: it looks there again and again, and hands every new file to package
// source once. Which files were taken, and how far the looking has come, is kept in
// the store, so that a restart at any instant loses no file; a file of which only a
// part was taken is taken again, and what was delivered of it is known by the
// records' ids.
//
// With verify it also checks CloudTrail's digests: their signatures, that each
// follows the one before, and that the log files are what CloudTrail wrote.
package trail

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-io/tocsin/internal/source"
	"github.com/tocsin-io/tocsin/internal/source/s3"
)

// Connector describes the source.
var Connector = source.Connector{
	Name:  "cloudtrail-files",
	About: "Takes the log files that CloudTrail delivers, out of a folder or a bucket.",
	Fields: []source.Field{
		{Name: "path", About: "a folder, or s3://bucket/prefix", Required: true},
		{Name: "interval", About: "how often it is looked for new files; default 60s"},
		{Name: "from", About: "files written before it are left out: a date or an RFC 3339 time; default one hour before the first start"},
		{Name: "maxBytes", About: "most decompressed bytes of one file; default 4294967296"},
		{Name: "reconcile", About: "true: events arrive live by another source too, and what did not is reported as missed"},
		{Name: "grace", About: "how old an event is that counts as missed when it comes by a file first; default 30m"},
		{Name: "missed", About: "deliver (the default): what was missed is delivered and reported; report: only reported"},
		{Name: "late", About: "how old an event is that is marked late; default 24h"},
		{Name: "verify", About: "true: check CloudTrail's digests"},
		{Name: "publicKeys", About: "with verify: a file or folder of PEM keys, or of what aws cloudtrail list-public-keys prints"},
		{Name: "endpoint", About: "URL of another S3 server than AWS"},
		{Name: "region", About: "the bucket's Region"},
		{Name: "accessKeyId", About: "for S3; default as for every AWS program"},
		{Name: "secretAccessKey", About: "for S3", Secret: true},
	},
	Open: func(s source.Settings) (source.Live, error) {
		t, err := open(s)
		if err != nil {
			return source.Live{}, err
		}
		return source.Live{Run: t.Run}, nil
	},
}

// Trail is a source of this kind.
type Trail struct {
	path     string
	interval time.Duration
	from     time.Time // zero: an hour before the first start
	limits   source.FileLimits
	late     time.Duration
	keys     string // where the public keys are; empty: nothing is verified
	place    s3.Place

	in *source.Intake
	s3 *s3.Client // of a bucket

	done   map[string]string // the files that were taken, with their stamps
	until  time.Time         // all that was written before is taken
	failed []failure         // of digests and logs, of the last day
}

func open(s source.Settings) (*Trail, error) {
	p := &parser{s: s}
	t := &Trail{
		path: s["path"], interval: p.duration("interval", time.Minute, time.Second), from: p.instant("from"), late: p.duration("late", 0, time.Minute),
		place: s3.Place{Endpoint: s["endpoint"], Region: s["region"], AccessKeyID: s["accessKeyId"], SecretAccessKey: s["secretAccessKey"]},
	}
	t.limits = source.FileLimits{Bytes: p.number("maxBytes"), Reconcile: p.yes("reconcile"), Grace: p.duration("grace", 30*time.Minute, 0), OnlyReport: p.one("missed", "deliver", "report") == "report"}
	verify := p.yes("verify")
	switch {
	case p.err != nil:
		return nil, p.err
	case (s["accessKeyId"] == "") != (s["secretAccessKey"] == ""):
		return nil, fmt.Errorf("give both accessKeyId and secretAccessKey, or neither")
	case !t.limits.Reconcile && (s["grace"] != "" || s["missed"] != ""):
		return nil, fmt.Errorf("grace and missed need reconcile: true")
	case verify && s["publicKeys"] == "":
		return nil, fmt.Errorf("verify needs publicKeys: write there what aws cloudtrail list-public-keys prints")
	case !verify && s["publicKeys"] != "":
		return nil, fmt.Errorf("publicKeys needs verify: true")
	}
	if verify {
		t.keys = s["publicKeys"]
	}
	if strings.HasPrefix(t.path, s3.Scheme) {
		_, _, err := s3.Split(t.path)
		return t, err
	}
	for _, name := range []string{"endpoint", "region", "accessKeyId"} {
		if s[name] != "" {
			return nil, fmt.Errorf("%s is for s3:// only, and path is a folder", name)
		}
	}
	var err error
	t.path, err = filepath.Abs(t.path)
	return t, err
}

// parser reads settings; err is the first that cannot be.
type parser struct {
	s   source.Settings
	err error
}

func (p *parser) fail(name, want string) {
	if p.err == nil {
		p.err = fmt.Errorf("%s: %q is not %s", name, p.s[name], want)
	}
}

func (p *parser) duration(name string, otherwise, least time.Duration) time.Duration {
	if p.s[name] == "" {
		return otherwise
	}
	d, err := time.ParseDuration(p.s[name])
	if err != nil || d < least {
		p.fail(name, fmt.Sprintf("a time of at least %s, as 90s or 30m", least))
	}
	return d
}

func (p *parser) instant(name string) time.Time {
	if p.s[name] == "" {
		return time.Time{}
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if at, err := time.Parse(layout, p.s[name]); err == nil {
			return at
		}
	}
	p.fail(name, "a date as 2026-11-01 or a time as 2026-11-01T00:00:00Z")
	return time.Time{}
}

func (p *parser) number(name string) int64 {
	if p.s[name] == "" {
		return 0
	}
	n, err := strconv.ParseInt(p.s[name], 10, 64)
	if err != nil || n < 1 {
		p.fail(name, "a number of bytes")
	}
	return n
}

// one gives a setting that is one of some words, the first of them by default.
func (p *parser) one(name string, words ...string) string {
	if p.s[name] == "" {
		return words[0]
	}
	if !slices.Contains(words, p.s[name]) {
		p.fail(name, "one of "+strings.Join(words, ", "))
	}
	return p.s[name]
}

func (p *parser) yes(name string) bool { return p.one(name, "false", "true") == "true" }

// connect makes ready what is read from; nothing is reached yet.
func (t *Trail) connect(ctx context.Context) (err error) {
	if !strings.HasPrefix(t.path, s3.Scheme) {
		return nil
	}
	if t.place.Endpoint != "" {
		if u, err := url.Parse(t.place.Endpoint); err != nil || u.Host == "" {
			return fmt.Errorf("endpoint: %q is no URL", t.place.Endpoint)
		}
	}
	t.s3, err = s3.Connect(ctx, t.place)
	return err
}

// list gives the files that were written since an instant, as far as folders can
// tell that they hold no such.
func (t *Trail) list(ctx context.Context, since time.Time) ([]source.Input, error) {
	into := func(folder string) bool { return !before(folder, since) }
	if t.s3 != nil {
		return t.s3.Walk(ctx, t.path, into)
	}
	path, err := filepath.EvalSymlinks(t.path)
	if err != nil {
		return nil, fmt.Errorf("the folder of log files: %w", err)
	}
	return source.Walk(path, into)
}
