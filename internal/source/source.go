// Package source takes what outside systems send and keep, and makes events of it,
// each delivered once.
//
// A [Connector] is a way in: one folder each, which gets an [Intake]. Messages become
// events by a [Decoder], which tells them by their content, and go to the bus by
// Intake.Take. Logs come in as an [Input], a file of any storage: what CloudTrail
// delivered, a file of EventBridge events, what GuardDuty or Config exported; plain
// or gzip. A [Reader] cuts it into records by its content, whatever its name is, in
// memory bounded by the longest record it takes; a [Wrapper] makes of a record the
// event that EventBridge would have delivered. Intake.TakeFile has the bus deliver
// what rules want of a file; internal/backtest asks rules about files and delivers
// nothing.
package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Input is one file of records.
type Input struct {
	Path     string    // as people know it: a file's path, or s3://bucket/key
	Size     int64     // bytes as stored; 0 if not known before it is read
	Modified time.Time // when it was written last; zero if not known
	Open     func(ctx context.Context) (io.ReadCloser, error)
}

// Files lists the file at path, or all below the folder at path in the order of
// their paths. Hidden files and folders, and what is no regular file, are left out
// of folders.
//
// What of a folder cannot be looked at is among them, and fails when it is opened.
func Files(path string) ([]Input, error) {
	return walk(path, nil, func(name string, err error) (Input, error) { return lost(name, err), nil })
}

// Walk lists what Files does without the folders below path that into is false of. It
// fails if something cannot be looked at.
func Walk(path string, into func(folder string) bool) ([]Input, error) {
	return walk(path, into, func(_ string, err error) (Input, error) { return Input{}, err })
}

// walk asks odd of what of a folder cannot be looked at.
func walk(path string, into func(folder string) bool, odd func(name string, err error) (Input, error)) ([]Input, error) {
	var found []Input
	if to, err := filepath.EvalSymlinks(path); err == nil && to != path { // a link to a folder, as /var/log/… often is
		if info, err := os.Stat(to); err == nil && info.IsDir() {
			path = strings.TrimRight(path, string(filepath.Separator)) + string(filepath.Separator)
		}
	}
	err := filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
		if err != nil && name == path {
			return err
		}
		if err != nil {
			in, err := odd(name, err)
			if found = append(found, in); err == nil && d != nil && d.IsDir() {
				return fs.SkipDir
			}
			return err
		}
		if name != path && d.Name()[0] == '.' {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if d.IsDir() {
			if name != path && into != nil && !into(name) {
				return fs.SkipDir
			}
			return nil
		}
		info, err := os.Stat(name) // follows a link, as opening does
		if errors.Is(err, fs.ErrNotExist) && name != path {
			return nil // a link to nothing, or removed meanwhile
		}
		if err != nil && name != path {
			in, err := odd(name, err)
			found = append(found, in)
			return err
		}
		if err != nil {
			return err
		}
		if info.IsDir() || name != path && !info.Mode().IsRegular() {
			return nil
		}
		found = append(found, file(name, info))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list the logs: %w", err)
	}
	return found, nil
}

// lost is what could not be looked at.
func lost(name string, err error) Input {
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err
	}
	return Input{Path: name, Open: func(context.Context) (io.ReadCloser, error) { return nil, Unreadable(err.Error()) }}
}

func file(name string, info fs.FileInfo) Input {
	open := func() (io.ReadCloser, error) { return os.Open(name) }
	if !info.Mode().IsRegular() {
		return Input{Path: name, Open: pumped(open)}
	}
	return Input{Path: name, Size: info.Size(), Modified: info.ModTime(), Open: func(context.Context) (io.ReadCloser, error) { return open() }}
}

// Stream is an input that can be read once, for instance standard input.
func Stream(name string, r io.Reader) Input {
	return Input{Path: name, Open: pumped(func() (io.ReadCloser, error) { return io.NopCloser(r), nil })}
}

// pumped reads what may have nothing to say for as long as it likes, as a pipe or
// a terminal: its reader is told at once that its context ended, though the read
// itself can't be called back.
func pumped(open func() (io.ReadCloser, error)) func(context.Context) (io.ReadCloser, error) {
	return func(ctx context.Context) (io.ReadCloser, error) {
		out, in := io.Pipe()
		stop := context.AfterFunc(ctx, func() { in.CloseWithError(context.Cause(ctx)) })
		go func() {
			defer stop()
			r, err := open()
			if err == nil {
				_, err = io.Copy(in, r)
				r.Close() // it was only read
			}
			in.CloseWithError(err)
		}()
		return out, nil
	}
}
