package cloudtrailgen

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// Published measurements name a seed, so what it gives must never change.
func TestEnvelopesStay(t *testing.T) {
	o := Defaults()
	o.Bytes = 1_000_000
	var b bytes.Buffer
	if _, _, err := Envelopes(&b, o); err != nil {
		t.Fatal(err)
	}
	const want = "eafb1562227a85605804a7c485359932867c7571ba38e29a92623d96070f7d10"
	if got := digest(b.Bytes()); got != want {
		t.Errorf("seed 1 gives other events than before: %s, want %s", got, want)
	}
}

func TestFilesStay(t *testing.T) {
	for _, workers := range []int{1, 3} {
		dir := t.TempDir()
		o := Defaults()
		o.Seed, o.Bytes, o.PerFile, o.Workers = 7, 3_000_000, 600, workers
		m, err := Write(dir, o)
		if err != nil {
			t.Fatal(err)
		}
		if m.Records != 2230 || m.ProbeCounts["internal-ip"] != 1332 || m.ProbeCounts["write-by-wildcard"] != 13 {
			t.Errorf("%d workers: manifest %+v", workers, m)
		}
		var sums bytes.Buffer
		err = fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			text, err := os.ReadFile(filepath.Join(dir, path))
			if path == "manifest.json" {
				if got := digest(text); got != "692fdf1e3c20bd9fa6cd8a492708417f756b5e46985026953884c1039448b499" {
					t.Errorf("%d workers: the manifest changed: %s", workers, text)
				}
				return err
			}
			fmt.Fprintf(&sums, "%s  ./%s\n", digest(text), path)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		const want = "7bedaa4123cadc91dde4c9fb2ca8bd806ef91d5ba0dcccd6d6f857bf9bbd13ae"
		if got := digest(sums.Bytes()); got != want {
			t.Errorf("%d workers: other files than before: %s, want %s\n%s", workers, got, want, sums.String())
		}
	}
}
