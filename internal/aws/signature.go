package aws

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

const (
	algorithm = "AWS4-HMAC-SHA256"
	amzDate   = "20060102T150405Z"
	maxSkew   = 5 * time.Minute
	maxExpiry = 7 * 24 * time.Hour
)

// ErrUnknownKey is what [Options].Keys returns for an access key id that does not exist or
// is disabled.
var ErrUnknownKey = errors.New("unknown access key")

// A Key is what an access key id stands for.
type Key struct {
	Secret    string
	Principal any // handed to handlers as [Call].Principal
}

// An authError is a refusal before its protocol is known. Which status and code it has on
// the wire depends on the protocol.
type authError struct {
	kind    authKind
	message string
}

type authKind int

const (
	missingToken authKind = iota
	incomplete
	unknownKey
	badSignature
)

func (e *authError) Error() string { return e.message }

func refuse(kind authKind, message string) *authError { return &authError{kind, message} }

// apiError gives the refusal the code and status of a protocol. Query services have names
// of their own.
func (e *authError) apiError(p Protocol) APIError {
	code := [...]string{"MissingAuthenticationTokenException", "IncompleteSignatureException", "UnrecognizedClientException", "InvalidSignatureException"}[e.kind]
	if p == Query {
		code = [...]string{"MissingAuthenticationToken", "IncompleteSignature", "InvalidClientTokenId", "SignatureDoesNotMatch"}[e.kind]
	}
	status := http.StatusForbidden
	if p == JSON || e.kind == incomplete {
		status = http.StatusBadRequest
	}
	return &Error{Name: code, Status: status, Message: e.message}
}

// A signature is what a request says of its own signing, in header or query; nothing of it
// has been verified.
type signature struct {
	accessKey, date, region, service string

	headers   []string // names of the signed headers, in small letters
	value     string   // hex
	time      time.Time
	expires   time.Duration // of a presigned request
	presigned bool
}

// signatureOf reads a request's signature, in form only.
func signatureOf(r *http.Request, query url.Values) (*signature, *authError) {
	header, presigned := r.Header["Authorization"], query.Has("X-Amz-Algorithm")
	switch {
	case len(header) == 0 && !presigned:
		return nil, refuse(missingToken, "Missing Authentication Token")
	case len(header) > 1 || len(header) == 1 && presigned:
		return nil, refuse(incomplete, "A request must be signed once, in one Authorization header or in the query.")
	case presigned:
		return presignedSignature(query)
	}
	return headerSignature(header[0], r.Header["X-Amz-Date"])
}

func headerSignature(header string, dates []string) (*signature, *authError) {
	rest, ok := strings.CutPrefix(header, algorithm+" ")
	if !ok {
		return nil, refuse(incomplete, "The Authorization header must begin with "+algorithm+".")
	}
	parts := map[string]string{}
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		if _, twice := parts[name]; twice {
			return nil, refuse(incomplete, "The Authorization header says something twice.")
		}
		parts[name] = value
	}
	if len(dates) != 1 {
		return nil, refuse(incomplete, "The Authorization header requires one X-Amz-Date header.")
	}
	return newSignature(parts["Credential"], parts["SignedHeaders"], parts["Signature"], dates[0])
}

func presignedSignature(query url.Values) (*signature, *authError) {
	const prefix = "X-Amz-"
	for _, name := range []string{"Algorithm", "Credential", "SignedHeaders", "Signature", "Date"} {
		if len(query[prefix+name]) != 1 {
			return nil, refuse(incomplete, "The query requires one "+prefix+name+" parameter.")
		}
	}
	if query.Get(prefix+"Algorithm") != algorithm {
		return nil, refuse(incomplete, "X-Amz-Algorithm must be "+algorithm+".")
	}
	s, err := newSignature(query.Get(prefix+"Credential"), query.Get(prefix+"SignedHeaders"), query.Get(prefix+"Signature"), query.Get(prefix+"Date"))
	if err != nil {
		return nil, err
	}
	seconds := 0
	if given := query[prefix+"Expires"]; len(given) > 0 {
		n, err := strconv.Atoi(given[0])
		if err != nil || len(given) > 1 || n < 1 || n > int(maxExpiry/time.Second) {
			return nil, refuse(incomplete, "X-Amz-Expires must be a number of seconds from 1 to 604800.")
		}
		seconds = n
	}
	s.presigned, s.expires = true, time.Duration(seconds)*time.Second
	return s, nil
}

func newSignature(credential, headers, value, date string) (*signature, *authError) {
	for _, part := range [][2]string{{"Credential", credential}, {"SignedHeaders", headers}, {"Signature", value}} {
		if part[1] == "" {
			return nil, refuse(incomplete, "The signature requires a '"+part[0]+"' parameter.")
		}
	}
	scope := strings.Split(credential, "/")
	if len(scope) != 5 || slices.Contains(scope, "") || len(credential) > 500 {
		return nil, refuse(incomplete, "The Credential must have five parts: key, date, region, service, aws4_request.")
	}
	if scope[4] != "aws4_request" {
		return nil, refuse(badSignature, "Credential should be scoped with a valid terminator: 'aws4_request'.")
	}
	if !validRegion(scope[2]) {
		return nil, refuse(badSignature, "Credential should be scoped to a valid region.")
	}
	t, err := time.Parse(amzDate, date)
	if err != nil {
		return nil, refuse(incomplete, "The date must be in ISO-8601 'basic format', for example 20260102T030405Z.")
	}
	s := &signature{accessKey: scope[0], date: scope[1], region: scope[2], service: scope[3], headers: strings.Split(headers, ";"), value: value, time: t}
	if !slices.Contains(s.headers, "host") {
		return nil, refuse(badSignature, "'host' must be a signed header.")
	}
	return s, nil
}

// validRegion takes any region there might ever be. It ends up in ARNs, so it must not
// hold what parts them.
func validRegion(name string) bool {
	for _, c := range []byte(name) {
		if c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return len(name) <= 64
}

// current checks date and scope against the time now and the service that was asked.
func (s *signature) current(now time.Time, service string) *authError {
	if s.service != service && service != "" {
		return refuse(badSignature, "Credential should be scoped to correct service: '"+service+"'.")
	}
	if day := s.time.Format("20060102"); s.date != day {
		return refuse(badSignature, "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP.")
	}
	now = now.UTC()
	if early := now.Add(maxSkew); s.time.After(early) {
		return refuse(badSignature, "Signature not yet current: "+s.time.Format(amzDate)+" is still later than "+early.Format(amzDate)+" ("+now.Format(amzDate)+" + 5 min.)")
	}
	allowed := max(maxSkew, s.expires)
	if late := now.Add(-allowed); s.time.Before(late) {
		return refuse(badSignature, "Signature expired: "+s.time.Format(amzDate)+" is now earlier than "+late.Format(amzDate)+
			" ("+now.Format(amzDate)+" - "+strconv.Itoa(int(allowed/time.Minute))+" min.)")
	}
	return nil
}

const mismatch = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method."

// verify signs the request again, with the given secret, over exactly what its signer says
// that they signed, and compares. AWS's own signer does the work, so what its clients
// send is canonical here by construction.
func (s *signature) verify(ctx context.Context, r *http.Request, secret string, body []byte) *authError {
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:])
	for _, name := range []string{"X-Amz-Target", "X-Amz-Date"} {
		if len(r.Header[name]) > 0 && !slices.Contains(s.headers, strings.ToLower(name)) {
			return refuse(badSignature, "The header "+name+" is not signed.")
		}
	}
	if given := r.Header["X-Amz-Content-Sha256"]; len(given) > 0 && (len(given) > 1 || given[0] != hash) {
		return refuse(badSignature, "The header X-Amz-Content-Sha256 is not the SHA-256 of the body.")
	}
	again := s.unsigned(r)
	credentials := aws.Credentials{AccessKeyID: s.accessKey, SecretAccessKey: secret}
	got := ""
	// A signer is made for each request because it keeps derived keys by region, without
	// bound, and the region is the caller's choice before anything has been verified.
	signer := v4.NewSigner()
	if s.presigned {
		uri, _, err := signer.PresignHTTP(ctx, credentials, again, hash, s.service, s.region, s.time,
			func(o *v4.SignerOptions) { o.DisableHeaderHoisting = true })
		if err == nil {
			_, got, _ = strings.Cut(uri, "&X-Amz-Signature=")
		}
	} else if signer.SignHTTP(ctx, credentials, again, hash, s.service, s.region, s.time) == nil {
		_, got, _ = strings.Cut(again.Header.Get("Authorization"), "Signature=")
	}
	if got == "" || subtle.ConstantTimeCompare([]byte(got), []byte(s.value)) != 1 {
		return refuse(badSignature, mismatch)
	}
	return nil
}

// unsigned builds the request as it was before it was signed: method, path, query, and of
// its headers the signed ones. Their names stay in small letters, since the signer leaves
// out some headers that others sign, and knows them by their canonical names.
func (s *signature) unsigned(r *http.Request) *http.Request {
	u := &url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery}
	if s.presigned {
		query := r.URL.Query()
		query.Del("X-Amz-Signature")
		u.RawQuery = query.Encode()
	}
	again := &http.Request{Method: r.Method, URL: u, Host: r.Host, Header: make(http.Header, len(s.headers)+2)}
	for _, name := range s.headers {
		switch name {
		case "host", "x-amz-date":
			// The signer writes these itself. A presigned request has its date in the query.
		case "content-length":
			again.ContentLength = r.ContentLength
		default:
			again.Header[name] = r.Header[http.CanonicalHeaderKey(name)]
		}
	}
	return again
}
