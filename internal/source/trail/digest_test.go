package trail

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin/internal/source"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

// A trailer writes logs and digests as CloudTrail does.
type trailer struct {
	t    testing.TB
	key  *rsa.PrivateKey
	last Link

	start time.Time // digests are of the hours from then on; of late, as folders of days gone by are not listed again
	hour  int
}

const fingerprint = "31e8b5433410dfb61a9dc45cc65b22ff"

func newTrailer(t testing.TB) *trailer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return &trailer{t: t, key: key, start: time.Now().UTC().Truncate(time.Hour).Add(-12 * time.Hour)}
}

// keyFile writes the public key as list-public-keys prints it.
func (w *trailer) keyFile(dir string) string {
	w.t.Helper()
	text, err := json.Marshal(map[string]any{"PublicKeyList": []map[string]string{{
		"Value": base64.StdEncoding.EncodeToString(x509.MarshalPKCS1PublicKey(&w.key.PublicKey)), "Fingerprint": fingerprint}}})
	if err != nil {
		w.t.Fatal(err)
	}
	return write(w.t, filepath.Join(dir, "keys.json"), text, time.Hour)
}

func (w *trailer) sign(d *Digest) string {
	w.t.Helper()
	sum := sha256.Sum256([]byte(d.signed()))
	sig, err := rsa.SignPKCS1v15(rand.Reader, w.key, crypto.SHA256, sum[:])
	if err != nil {
		w.t.Fatal(err)
	}
	return hex.EncodeToString(sig)
}

// digest makes the next digest of the chain over logs, by key their texts.
func (w *trailer) digest(bucket string, logs map[string][]byte) (object string, text []byte, signature string) {
	w.t.Helper()
	w.hour++
	at := w.start.Add(time.Duration(w.hour) * time.Hour)
	object = "AWSLogs/111122223333/CloudTrail-Digest/us-east-1/" + at.Format("2006/01/02") + "/111122223333_CloudTrail-Digest_us-east-1_t_us-east-1_" + at.Format("20060102T150405Z") + ".json.gz"
	all := []map[string]string{}
	for key, log := range logs {
		all = append(all, map[string]string{"s3Bucket": bucket, "s3Object": key, "hashValue": hexOf(sha256.Sum256(log)), "hashAlgorithm": "SHA-256"})
	}
	m := map[string]any{"awsAccountId": "111122223333", "digestStartTime": at.Add(-time.Hour).Format(time.RFC3339), "digestEndTime": at.Format(time.RFC3339), "digestS3Bucket": bucket,
		"digestS3Object": object, "digestPublicKeyFingerprint": fingerprint, "digestSignatureAlgorithm": "SHA256withRSA", "logFiles": all,
		"previousDigestS3Object": nil, "previousDigestHashValue": nil, "previousDigestSignature": nil}
	if w.last != (Link{}) {
		m["previousDigestS3Object"], m["previousDigestHashValue"], m["previousDigestSignature"] = w.last.Object, w.last.Hash, w.last.Signature
	}
	text, err := json.Marshal(m)
	if err != nil {
		w.t.Fatal(err)
	}
	d, err := ParseDigest(text)
	if err != nil {
		w.t.Fatal(err)
	}
	signature = w.sign(d)
	w.last = d.Link(signature)
	return object, text, signature
}

// The string that is signed is the documented one; written out, so that a change of
// how it is made shows.
func TestSigned(t *testing.T) {
	text := []byte(`{"digestEndTime":"2026-11-22T01:00:00Z","digestS3Bucket":"b","digestS3Object":"k","previousDigestSignature":null}`)
	d, err := ParseDigest(text)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(text)
	want := "2026-11-22T01:00:00Z\nb/k\n" + hex.EncodeToString(sum[:]) + "\nnull"
	if diff := cmp.Diff(want, d.signed()); diff != "" {
		t.Error(diff)
	}
	d.PreviousSignature = "abcd"
	if !strings.HasSuffix(d.signed(), "\nabcd") {
		t.Error(d.signed())
	}
}

func TestSignature(t *testing.T) {
	w, stranger := newTrailer(t), newTrailer(t)
	_, text, sig := w.digest("b", nil)
	ours := Keys{fingerprint: {&w.key.PublicKey}}
	for _, c := range []struct {
		name, text, sig string
		keys            Keys
		want            string
	}{
		{"fits", string(text), sig, ours, ""},
		{"in capitals, with a line end", string(text), strings.ToUpper(sig) + "\n", ours, ""},
		{"a key without a fingerprint", string(text), sig, Keys{"": {&stranger.key.PublicKey, &w.key.PublicKey}}, ""},
		{"changed", strings.Replace(string(text), `"logFiles":[]`, `"logFiles":null`, 1), sig, ours, "does not fit"},
		{"of another key", string(text), sig, Keys{fingerprint: {&stranger.key.PublicKey}}, "does not fit"},
		{"no such key", string(text), sig, Keys{"other": {&w.key.PublicKey}}, "no public key with the fingerprint"},
		{"no signature", string(text), "", ours, "no signature"},
		{"no hex", string(text), "zz", ours, "no signature"},
		{"a weaker algorithm", strings.Replace(string(text), "SHA256withRSA", "MD5withRSA", 1), sig, ours, "not known here"},
	} {
		d, err := ParseDigest([]byte(c.text))
		if err != nil {
			t.Fatal(err)
		}
		err = d.Signed(c.sig, c.keys)
		var bad Failure
		if c.want == "" && err != nil || c.want != "" && (!errors.As(err, &bad) || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

func TestFollows(t *testing.T) {
	last := Link{Object: "a", Hash: "1f", Signature: "2e"}
	for _, c := range []struct {
		name string
		last Link
		d    Digest
		want string
	}{
		{"the first", Link{}, Digest{}, ""},
		{"the first that is looked at", Link{}, Digest{PreviousObject: "z", PreviousHash: "0", PreviousSignature: "0"}, ""},
		{"the next", last, Digest{PreviousObject: "a", PreviousHash: "1F", PreviousSignature: "2E"}, ""},
		{"anew", last, Digest{}, "begins anew"},
		{"one is missing", last, Digest{PreviousObject: "b", PreviousHash: "1f", PreviousSignature: "2e"}, "a digest is missing"},
		{"another hash", last, Digest{PreviousObject: "a", PreviousHash: "ff", PreviousSignature: "2e"}, "hashes differ"},
		{"another signature", last, Digest{PreviousObject: "a", PreviousHash: "1f", PreviousSignature: "ff"}, "signatures differ"},
	} {
		err := c.d.Follows(c.last)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

func TestHolds(t *testing.T) {
	text := []byte(`{"Records":[]}`)
	whole := zipped(t, text)
	sum := hexOf(sha256.Sum256(text))
	for _, c := range []struct {
		name  string
		l     LogFile
		file  []byte
		limit int64
		want  string
	}{
		{"whole", LogFile{Object: "a.json.gz", Hash: sum, Algorithm: "SHA-256"}, whole, 100, ""},
		{"not compressed", LogFile{Object: "a.json", Hash: strings.ToUpper(sum)}, text, 100, ""},
		{"changed", LogFile{Object: "a.json.gz", Hash: sum}, zipped(t, []byte(`{"Records":[ ]}`)), 100, "was changed"},
		{"cut off", LogFile{Object: "a.json.gz", Hash: sum}, whole[:len(whole)-4], 100, "cut off"},
		{"no gzip", LogFile{Object: "a.json.gz", Hash: sum}, text, 100, "no gzip"},
		{"a bomb", LogFile{Object: "a.json.gz", Hash: sum}, zipped(t, make([]byte, 1<<20)), 100, "larger"},
		{"a strange hash", LogFile{Object: "a.json.gz", Hash: sum, Algorithm: "MD5"}, whole, 100, "not known here"},
	} {
		err := c.l.Holds(bytes.NewReader(c.file), c.limit)
		var bad Failure
		if c.want == "" && err != nil || c.want != "" && (!errors.As(err, &bad) || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

func TestKeys(t *testing.T) {
	w := newTrailer(t)
	dir := t.TempDir()
	w.keyFile(dir)
	pkix, err := x509.MarshalPKIXPublicKey(&w.key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "a.pem"), pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: pkix}), 0)
	write(t, filepath.Join(dir, "b.pem"), pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(&w.key.PublicKey)}), 0)
	keys, err := ReadKeys(dir)
	if err != nil || len(keys.of(strings.ToUpper(fingerprint))) != 1 || len(keys.of("other")) != 2 || !keys.of("other")[0].Equal(&w.key.PublicKey) {
		t.Errorf("%d keys, %v", len(keys), err)
	}
	for name, text := range map[string]string{"empty": "", "words": "hello", "json": `{"PublicKeyList":[{"Value":"!"}]}`, "no key": `{"PublicKeyList":[{"Value":"aGVsbG8="}]}`, "list": `{"PublicKeyList":[]}`} {
		if _, err := ReadKeys(write(t, filepath.Join(t.TempDir(), name), []byte(text), 0)); err == nil {
			t.Errorf("%s was read as keys", name)
		}
	}
	if _, err := ReadKeys(filepath.Join(dir, "none")); err == nil {
		t.Error("keys that are not there were read")
	}
}

func TestChain(t *testing.T) {
	const first = "111122223333_CloudTrail-Digest_us-east-1_my_trail_us-east-1"
	for name, want := range map[string]string{"s3://b/x/" + first + "_20261122T010000Z.json.gz": first, first + "_20261122T010000Z_backfill.json.gz": "", "x.json.gz": ""} {
		if got := chain(name); got != want {
			t.Errorf("%s is of chain %q, want %q", name, got, want)
		}
	}
}

// What was done to logs and digests in a folder is told: in the status, as a dead
// letter, and by an event that pages.
func TestVerify(t *testing.T) {
	log := func(n int) (string, []byte) {
		return fmt.Sprintf("AWSLogs/111122223333/CloudTrail/us-east-1/2026/11/22/111122223333_CloudTrail_us-east-1_%d.json.gz", n), records(fmt.Sprintf("e%d", n), time.Now())
	}
	for _, c := range []struct {
		name string
		harm func(dir string, digests, logs []string) // after all was written
		want string                                   // "" for nothing found
	}{
		{"nothing", func(string, []string, []string) {}, ""},
		{"a log changed", func(_ string, _, logs []string) {
			write(t, logs[1], zipped(t, records("forged", time.Now())), 2*time.Hour)
		}, "_2.json.gz: it was changed"},
		{"a log removed", func(_ string, _, logs []string) { os.Remove(logs[1]) }, "_2.json.gz: it is missing"},
		{"a digest removed", func(_ string, digests, _ []string) { os.Remove(digests[1]) }, "a digest is missing between"},
		{"a digest changed", func(_ string, digests, _ []string) {
			write(t, digests[1], zipped(t, []byte(`{"digestEndTime":"x","digestS3Bucket":"b","digestS3Object":"`+digests[1][strings.Index(digests[1], "AWSLogs"):]+`"}`)), 2*time.Hour)
		}, "no public key with the fingerprint"},
		{"a signature removed", func(_ string, digests, _ []string) { os.Remove(digests[1] + ".sig") }, "has no signature"},
		{"an older digest in its place", func(_ string, digests, _ []string) {
			os.Rename(digests[0], digests[1])
			os.Rename(digests[0]+".sig", digests[1]+".sig")
		}, "does not stand where CloudTrail wrote it"},
		{"no digest at all", func(_ string, digests, _ []string) { write(t, digests[2], []byte("hello"), 2*time.Hour) }, "no gzip"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, db *store.DB) {
				s := newStation(t, db)
				s.rule("validation", `{"source":["tocsin.source"],"detail-type":["CloudTrail Log Validation Failure"]}`)
				w := newTrailer(t)
				dir := t.TempDir()
				var digests, logs []string
				for n := range 3 {
					key, text := log(n + 1)
					logs = append(logs, write(t, filepath.Join(dir, key), zipped(t, text), 2*time.Hour))
					object, body, sig := w.digest("b", map[string][]byte{key: text})
					digests = append(digests, write(t, filepath.Join(dir, object), zipped(t, body), 2*time.Hour))
					write(t, filepath.Join(dir, object)+".sig", []byte(sig+"\n"), 2*time.Hour)
				}
				c.harm(dir, digests, logs)
				set := source.Settings{"path": dir, "verify": "true", "publicKeys": w.keyFile(t.TempDir()), "from": "2026-01-01"}
				tr := s.start(set)
				s.round(tr, c.want)
				s.round(tr, c.want) // it stays in the status
				s.in = s.intake()
				s.round(s.start(set), "")
				letters := s.letters()
				if c.want == "" && (len(letters) > 0 || len(s.incidents()) > 0) || c.want != "" && (len(letters) == 0 || len(s.incidents()) != len(letters)) {
					t.Errorf("%d dead letters %v, incidents %v", len(letters), letters, s.titles())
				}
				found := false
				for _, l := range letters {
					found = found || strings.Contains(l.Message, c.want)
				}
				if c.want != "" && !found {
					t.Errorf("dead letters %+v", letters)
				}
			})
		})
	}
}

// A log file that a digest names may come a little after it.
func TestVerifyWaits(t *testing.T) {
	s := newStation(t, dbtest.SQLite(t))
	w := newTrailer(t)
	dir := t.TempDir()
	put := func(n int) (log string, text []byte) {
		key := fmt.Sprintf("AWSLogs/%d.json.gz", n)
		text = records(fmt.Sprintf("e%d", n), time.Now())
		object, body, sig := w.digest("b", map[string][]byte{key: text})
		write(t, filepath.Join(dir, object), zipped(t, body), time.Minute)
		write(t, filepath.Join(dir, object)+".sig", []byte(sig), time.Minute)
		return filepath.Join(dir, key), text
	}
	first, late := put(1)
	second, text := put(2)
	write(t, second, zipped(t, text), time.Minute)
	tr := s.start(source.Settings{"path": dir, "verify": "true", "publicKeys": w.keyFile(t.TempDir()), "from": "2026-01-01"})
	s.round(tr, "it is missing")
	write(t, first, zipped(t, late), time.Minute)
	s.round(tr, "")
	if got := s.letters(); len(got) != 0 {
		t.Errorf("dead letters %+v", got)
	}
}

// FuzzDigest reads whatever a digest may be.
func FuzzDigest(f *testing.F) {
	w := newTrailer(f)
	_, text, sig := w.digest("b", map[string][]byte{"k": []byte("x")})
	f.Add(text, sig)
	f.Add([]byte(`{"digestEndTime":"a","digestS3Bucket":"b","digestS3Object":"c","logFiles":[{}]}`), "00")
	keys := Keys{fingerprint: {&w.key.PublicKey}}
	f.Fuzz(func(t *testing.T, other []byte, sig string) {
		d, err := ParseDigest(other)
		if err != nil {
			return
		}
		if d.Signed(sig, keys) == nil && !bytes.Equal(other, text) {
			t.Errorf("%q counts as signed", other)
		}
		_ = d.Follows(Link{Object: "x"})
	})
}

// FuzzKeys reads whatever a file of keys may be.
func FuzzKeys(f *testing.F) {
	f.Add([]byte(`{"PublicKeyList":[{"Value":"aGVsbG8=","Fingerprint":"x"}]}`))
	f.Add([]byte("-----BEGIN PUBLIC KEY-----\naGVsbG8=\n-----END PUBLIC KEY-----\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		keys := Keys{}
		if err := keys.add(text); err == nil && bytes.HasPrefix(bytes.TrimSpace(text), []byte("-")) && len(keys) == 0 {
			t.Errorf("%q holds no key and is no error", text)
		}
	})
}
