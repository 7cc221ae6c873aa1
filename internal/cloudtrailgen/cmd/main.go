// Command cmd writes synthetic CloudTrail logs; see package cloudtrailgen.
//
//	go run ./internal/cloudtrailgen/cmd -out ct                                    # 1 GiB of JSON
//	go run ./internal/cloudtrailgen/cmd -bytes 200000000 -envelope events.jsonl    # EventBridge events, one a line
package main

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/tocsin-io/tocsin/internal/cloudtrailgen"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	o := cloudtrailgen.Defaults()
	flag.Uint64Var(&o.Seed, "seed", o.Seed, "random seed")
	flag.Int64Var(&o.Bytes, "bytes", o.Bytes, "uncompressed JSON bytes to write, about")
	flag.IntVar(&o.Accounts, "accounts", o.Accounts, "number of AWS accounts")
	flag.IntVar(&o.Workers, "workers", o.Workers, "parallel writers; does not change the output")
	flag.IntVar(&o.Level, "level", o.Level, "gzip level")
	flag.IntVar(&o.PerFile, "per-file", o.PerFile, "most records in one file")
	start := flag.String("start", o.Start.Format(time.RFC3339), "time of the first file")
	out := flag.String("out", "cloudtrail", "output directory")
	envelope := flag.String("envelope", "", "instead of .gz files, write EventBridge events to this file, one a line")
	flag.Parse()
	var err error
	if o.Start, err = time.Parse(time.RFC3339, *start); err != nil {
		return fmt.Errorf("read -start: %w", err)
	}
	if *envelope != "" {
		return envelopes(*envelope, o)
	}
	m, err := cloudtrailgen.Write(*out, o)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "%d files, %d records, %.1f MB JSON, %.1f MB gz\n", m.Files, m.Records, float64(m.Bytes)/1e6, float64(m.GzBytes)/1e6)
	return nil
}

func envelopes(path string, o cloudtrailgen.Options) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() {
		if e := f.Close(); err == nil {
			err = e
		}
	}()
	w := bufio.NewWriterSize(f, 1<<20)
	events, written, err := cloudtrailgen.Envelopes(w, o)
	if err == nil {
		err = w.Flush()
	}
	fmt.Fprintf(os.Stderr, "%d events, %.1f MB\n", events, float64(written)/1e6)
	return err
}
