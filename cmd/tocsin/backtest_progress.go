package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"
	"unicode/utf8"

	"github.com/tocsin-io/tocsin/internal/backtest"
)

// ask runs the backtest and meanwhile shows on a terminal how far it is.
func (c *backtestCmd) ask(ctx context.Context, std streams, inputs []backtest.Input, o *backtest.Options) (*backtest.Report, error) {
	var p backtest.Progress
	if !c.Quiet && terminal(std.err) {
		stop, done := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(done)
			showProgress(std.err, &p, inputs, stop)
		}()
		defer func() {
			close(stop)
			<-done
		}()
	}
	return backtest.Run(ctx, inputs, *o, &p)
}

// showProgress draws the bar over itself until stop is closed, and then takes it away.
func showProgress(w io.Writer, p *backtest.Progress, inputs []backtest.Input, stop <-chan struct{}) {
	total := int64(0)
	for _, in := range inputs {
		total += in.Size
	}
	start := time.Now()
	before := p.Stored.Load()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			fmt.Fprint(w, "\r\x1b[K")
			return
		case <-tick.C:
			line := bar(p.Stored.Load(), before, total, p.Files.Load(), len(inputs), time.Since(start), columns(w))
			fmt.Fprint(w, "\r", line, "\x1b[K")
		}
	}
}

// bar is how far it is: bytes as stored, of which some were done before it started. It
// fits into so many columns, or says less.
func bar(done, before, total, files int64, of int, took time.Duration, columns int) string {
	rate := float64(done-before) / max(took.Seconds(), 0.001)
	if total == 0 {
		return fmt.Sprintf("%s read, %s/s", size(float64(done)), size(rate))
	}
	part := min(1, float64(done)/float64(total))
	left := "…"
	if rate > 0 && took > time.Second {
		left = (time.Duration(float64(total-done)/rate) * time.Second).Round(time.Second).String() + " left"
	}
	words := fmt.Sprintf(" %d of %d files  %s/s  %s", files, of, size(rate), left)
	if utf8.RuneCountInString(words) > columns-len("100% ▕▏ ") {
		words = " " + left
	}
	width := min(30, columns-len("100% ")-3-utf8.RuneCountInString(words)) // brackets, and the last column stays free
	eighths := int(part * float64(width*8))
	line := ""
	for i := range width {
		line += string([]rune(" ▏▎▍▌▋▊▉█")[min(8, max(0, eighths-8*i))])
	}
	return fmt.Sprintf("%3.0f%% ▕%s▏%s", 100*part, line, words)
}

// size is a number of bytes in three digits or so.
func size(n float64) string {
	units := []string{"B", "kB", "MB", "GB", "TB"}
	i := 0
	for ; n >= 1000 && i < len(units)-1; i++ {
		n /= 1000
	}
	if n < 10 && i > 0 {
		return fmt.Sprintf("%.1f %s", n, units[i])
	}
	return fmt.Sprintf("%.0f %s", n, units[i])
}

// terminal says whether people look at what is written.
func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok || os.Getenv("TERM") == "dumb" {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// colourful is terminal, unless NO_COLOR is set: https://no-color.org
func colourful(w io.Writer) bool { return os.Getenv("NO_COLOR") == "" && terminal(w) }
