package trail

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"strings"

	"github.com/klauspost/compress/gzip"
)

// Digest is a digest file of CloudTrail: which log files it delivered in an hour,
// and their hashes. What is null is empty.
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
type Digest struct {
	EndTime           string    `json:"digestEndTime"`
	Bucket            string    `json:"digestS3Bucket"`
	Object            string    `json:"digestS3Object"`
	Fingerprint       string    `json:"digestPublicKeyFingerprint"`
	Algorithm         string    `json:"digestSignatureAlgorithm"`
	PreviousBucket    string    `json:"previousDigestS3Bucket"`
	PreviousObject    string    `json:"previousDigestS3Object"`
	PreviousHash      string    `json:"previousDigestHashValue"`
	PreviousAlgorithm string    `json:"previousDigestHashAlgorithm"`
	PreviousSignature string    `json:"previousDigestSignature"`
	Logs              []LogFile `json:"logFiles"`
	hash              string    // of the text it was read from, hex
}

// LogFile is what a digest says of a log file.
type LogFile struct {
	Bucket    string `json:"s3Bucket"`
	Object    string `json:"s3Object"`
	Hash      string `json:"hashValue"` // of the file's decompressed text, hex
	Algorithm string `json:"hashAlgorithm"`
}

// Failure says what of the logs is not as CloudTrail wrote it, for people.
type Failure string

func (f Failure) Error() string { return string(f) }

// Limits of digests: an hour's log files of a Region are some hundreds.
const (
	maxDigest = 32 << 20 // decompressed
	maxText   = 64 << 20 // what of a digest is read as it is stored
)

// ParseDigest reads a digest's text.
func ParseDigest(text []byte) (*Digest, error) {
	var d Digest
	if err := json.Unmarshal(text, &d); err != nil {
		return nil, Failure("the digest is no JSON")
	}
	if d.EndTime == "" || d.Bucket == "" || d.Object == "" {
		return nil, Failure("the digest says no end, bucket or object of its own")
	}
	d.hash = hexOf(sha256.Sum256(text))
	return &d, nil
}

func hexOf(sum [sha256.Size]byte) string { return hex.EncodeToString(sum[:]) }

// signed is the text that CloudTrail signs.
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-custom-validation.html
func (d *Digest) signed() string {
	previous := d.PreviousSignature
	if previous == "" {
		previous = "null" // of the first in its chain
	}
	return strings.Join([]string{d.EndTime, d.Bucket + "/" + d.Object, d.hash, previous}, "\n")
}

// Signed checks a digest's signature, given as hex, against the keys there are.
func (d *Digest) Signed(signature string, keys Keys) error {
	if d.Algorithm != "" && d.Algorithm != "SHA256withRSA" {
		return Failure("the digest is signed by an algorithm that is not known here: " + d.Algorithm)
	}
	raw, err := hex.DecodeString(strings.TrimSpace(signature))
	if err != nil || len(raw) == 0 {
		return Failure("the digest has no signature: it stands in the object's metadata, or in a file beside the digest with .sig behind its name")
	}
	fit := keys.of(d.Fingerprint)
	if len(fit) == 0 {
		return Failure("there is no public key with the fingerprint " + d.Fingerprint + " that the digest names")
	}
	sum := sha256.Sum256([]byte(d.signed()))
	for _, key := range fit {
		if rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], raw) == nil {
			return nil
		}
	}
	return Failure("the digest's signature does not fit: it was changed, or CloudTrail did not write it")
}

// Link is what is kept of a digest to check the next one.
type Link struct {
	Object    string `json:"object"`
	Hash      string `json:"hash"`
	Signature string `json:"signature"`
}

// Link gives the link to the next digest.
func (d *Digest) Link(signature string) Link {
	return Link{Object: d.Object, Hash: d.hash, Signature: strings.ToLower(strings.TrimSpace(signature))}
}

// Follows checks that a digest is the next one after last. The zero Link is before
// the first that was ever looked at.
func (d *Digest) Follows(last Link) error {
	switch {
	case last == Link{}:
		return nil
	case d.PreviousObject == "":
		return Failure("the chain of digests begins anew, after " + last.Object + ": validation was turned off meanwhile")
	case d.PreviousObject != last.Object:
		return Failure("a digest is missing between " + last.Object + " and this one: it names " + d.PreviousObject + " as the one before")
	case !strings.EqualFold(d.PreviousHash, last.Hash):
		return Failure("the digest before, " + last.Object + ", is not the one that this one follows: their hashes differ")
	case !strings.EqualFold(d.PreviousSignature, last.Signature):
		return Failure("the digest before, " + last.Object + ", is not the one that this one follows: their signatures differ")
	}
	return nil
}

// Holds checks that a log file is what the digest says: in is the file as it is
// stored. limit is how much of it is decompressed at the most.
func (l LogFile) Holds(in io.Reader, limit int64) error {
	if l.Algorithm != "" && l.Algorithm != "SHA-256" {
		return Failure("its hash is of a kind that is not known here: " + l.Algorithm)
	}
	sum := sha256.New()
	text, err := inflate(in, l.Object)
	if err != nil {
		return Failure("it is no gzip any more: " + err.Error())
	}
	n, err := io.Copy(sum, io.LimitReader(text, limit+1))
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, gzip.ErrChecksum) || errors.Is(err, gzip.ErrHeader):
		return Failure("it is cut off, or was changed")
	case err != nil:
		return fmt.Errorf("read: %w", err)
	case n > limit:
		return Failure("it is larger than what is read of one file")
	case !strings.EqualFold(hex.EncodeToString(sum.Sum(nil)), l.Hash):
		return Failure("it was changed: its hash is not what the digest says")
	}
	return nil
}

// inflate decompresses what has a name that says it is compressed.
func inflate(in io.Reader, name string) (io.Reader, error) {
	if !strings.HasSuffix(name, ".gz") {
		return in, nil
	}
	return gzip.NewReader(in)
}

// stamped is the end of a digest's name.
var stamped = regexp.MustCompile(`_\d{8}T\d{6}Z(_backfill)?\.json(\.gz)?$`)

// chain names the chain that a digest is one of, by its name: of one trail in one
// Region. Backfill digests, which come out of their turn, are in none.
func chain(name string) string {
	m := stamped.FindStringSubmatchIndex(path.Base(name))
	if m == nil || m[2] >= 0 {
		return ""
	}
	return path.Base(name)[:m[0]]
}
