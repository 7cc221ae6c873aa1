package trail

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/tocsin-io/tocsin/internal/source"
	"github.com/tocsin-io/tocsin/internal/source/s3"
)

// A failure is what was found of one digest or log file.
type failure struct {
	at   time.Time
	text string
}

const (
	toldFor  = 24 * time.Hour   // how long the status tells of a failure
	checkFor = 30 * time.Minute // how long checking one digest may take
)

// verify checks the digests that are new.
func (t *Trail) verify(ctx context.Context, digests []source.Input, troubles *troubles) {
	keys, err := ReadKeys(t.keys) // each time: keys are added as CloudTrail makes them
	if err != nil {
		troubles.add(err)
		return
	}
	last, err := t.in.Kept(ctx, chains)
	if err != nil {
		troubles.add(err)
		return
	}
	held := map[string]bool{} // chains whose next digest is to be checked again first
	for _, in := range digests {
		name := chain(in.Path)
		if t.settling(in, time.Now()) {
			held[name] = name != ""
			continue
		}
		if held[name] {
			continue
		}
		if err := t.check(ctx, in, keys, last); err != nil {
			troubles.add(fmt.Errorf("%s: %w", in.Path, err))
			held[name] = name != ""
		}
		if ctx.Err() != nil {
			return
		}
	}
	for len(t.failed) > 0 && time.Since(t.failed[0].at) > toldFor {
		t.failed = t.failed[1:]
	}
	for i := len(t.failed) - 1; i >= 0; i-- { // the last first: the status tells of few
		troubles.add(retry{errors.New(t.failed[i].text)})
	}
}

// check checks one digest and the log files it names, has what does not fit
// reported, and notes that it was checked. The error says that it is to be checked
// again.
func (t *Trail) check(ctx context.Context, in source.Input, keys Keys, last map[string]string) error {
	ctx, cancel := context.WithTimeout(ctx, checkFor)
	defer cancel()
	found := &findings{}
	d, signature, err := t.digest(ctx, in, keys)
	var bad Failure
	switch {
	case errors.As(err, &bad):
		found.add(in.Path, bad)
	case err != nil:
		return err
	default:
		if err := t.follow(in.Path, d, signature, last, found); err != nil {
			return err
		}
		if err := t.logs(ctx, in, d, found); err != nil {
			return err
		}
	}
	if found.missing && time.Since(in.Modified) < patience {
		f := found.all[len(found.all)-1]
		return retry{fmt.Errorf("%s: %w", f.path, f.why)}
	}
	for _, f := range found.all {
		if err := t.report(ctx, in.Path, f); err != nil {
			return err
		}
	}
	if name := chain(in.Path); d != nil && name != "" {
		if err := t.in.Keep(ctx, chains, name, last[name]); err != nil {
			return err
		}
	}
	return t.note(ctx, in)
}

// follow checks that a digest is the next one of its chain, and has it be the last.
func (t *Trail) follow(path string, d *Digest, signature string, last map[string]string, found *findings) error {
	name := chain(path)
	if name == "" {
		return nil
	}
	var before Link
	if text := last[name]; text != "" && json.Unmarshal([]byte(text), &before) != nil {
		return fmt.Errorf("the note of the digest before cannot be read")
	}
	var bad Failure
	if err := d.Follows(before); errors.As(err, &bad) {
		found.add(path, bad)
	}
	text, err := json.Marshal(d.Link(signature))
	last[name] = string(text)
	return err
}

// findings are what does not fit of one digest.
type findings struct {
	all     []finding
	missing bool // a file, which may come yet
}

type finding struct {
	path string // of the digest or log file
	why  Failure
}

func (f *findings) add(path string, why Failure) { f.all = append(f.all, finding{path, why}) }

// digest reads a digest whose signature fits; else the error is a Failure.
func (t *Trail) digest(ctx context.Context, in source.Input, keys Keys) (*Digest, string, error) {
	body, err := in.Open(ctx)
	if err != nil {
		return nil, "", err
	}
	defer body.Close()
	text, err := inflate(io.LimitReader(body, maxText), in.Path)
	if err != nil {
		return nil, "", Failure("the digest is no gzip")
	}
	all, err := io.ReadAll(io.LimitReader(text, maxDigest+1))
	if err != nil || len(all) > maxDigest {
		return nil, "", Failure("the digest cannot be decompressed, or is too large")
	}
	d, err := ParseDigest(all)
	if err != nil {
		return nil, "", err
	}
	if !strings.HasSuffix(filepath.ToSlash(in.Path), "/"+d.Object) || t.s3 != nil && in.Path != s3.Scheme+d.Bucket+"/"+d.Object {
		return nil, "", Failure("the digest does not stand where CloudTrail wrote it: " + d.Bucket + "/" + d.Object)
	}
	signature, err := t.signature(ctx, in.Path)
	if err != nil {
		return nil, "", err
	}
	if err := d.Signed(signature, keys); err != nil {
		return nil, "", err
	}
	return d, signature, nil
}

// signature gives a digest's signature as it stands beside it; empty if none does.
func (t *Trail) signature(ctx context.Context, path string) (string, error) {
	if t.s3 != nil {
		bucket, key, err := s3.Split(path)
		if err != nil {
			return "", err
		}
		meta, err := t.s3.Metadata(ctx, bucket, key)
		return meta["signature"], err
	}
	f, err := os.Open(path + ".sig")
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, 4096))
	return string(text), err
}

// logs checks the log files that a digest names.
func (t *Trail) logs(ctx context.Context, in source.Input, d *Digest, found *findings) error {
	limit := t.limits.Bytes
	if limit == 0 {
		limit = source.MaxFile
	}
	root := strings.TrimSuffix(filepath.ToSlash(in.Path), d.Object)
	for _, l := range d.Logs {
		path := root + l.Object
		if t.s3 != nil {
			path = s3.Scheme + l.Bucket + "/" + l.Object
		} else if !filepath.IsLocal(filepath.FromSlash(l.Object)) {
			found.add(path, "the digest names a file outside of the folder")
			continue
		}
		err := t.hold(ctx, l, path, limit)
		var bad Failure
		switch {
		case errors.As(err, &bad):
			found.add(path, bad)
		case errors.Is(err, fs.ErrNotExist):
			found.missing = true
			found.add(path, "it is missing: the digest "+Failure(in.Path)+" names it")
		case err != nil:
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return nil
}

// hold checks one log file.
func (t *Trail) hold(ctx context.Context, l LogFile, path string, limit int64) error {
	var body io.ReadCloser
	var err error
	if t.s3 != nil {
		body, err = t.s3.Object(l.Bucket, l.Object).Open(ctx)
	} else {
		body, err = os.Open(path)
	}
	if err != nil {
		return err
	}
	defer body.Close()
	return l.Holds(body, limit)
}

// report has people see what does not fit: among the dead letters, in the status,
// and by an event that a rule can want.
func (t *Trail) report(ctx context.Context, digest string, f finding) error {
	text := f.path + ": " + string(f.why)
	id := source.ID("validation", t.in.Name, digest, text)
	if err := t.in.RefuseOnce(ctx, id, []byte(digest), errors.New(text)); err != nil {
		return err
	}
	err := t.in.Tell(ctx, "CloudTrail Log Validation Failure", id, []string{}, map[string]string{"path": f.path, "digest": digest, "reason": string(f.why)})
	if err == nil {
		t.failed = append(t.failed, failure{time.Now(), text})
	}
	return err
}
