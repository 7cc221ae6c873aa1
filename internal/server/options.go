package server

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"regexp"
	"strings"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/source"
	"github.com/tocsin-io/tocsin/internal/watch"
)

// ErrUse marks errors of wrong use: an option that cannot be.
var ErrUse = errors.New("wrong use")

// Data says where the data is: a folder for SQLite and the key, or the URL of a
// PostgreSQL database and a key file.
type Data struct {
	Dir     string
	URL     string
	KeyFile string
}

// TLS says how to serve HTTPS; the zero value is plain HTTP.
type TLS struct {
	Cert, Key     string // PEM files, read again when they change
	ACMEHost      string // get a certificate for this host by ACME instead
	ACMEDirectory string // of a certificate authority of one's own; default Let's Encrypt
	ACMECA        string // PEM file to trust for that directory
}

// Options is all that a server needs to know. Listener and Log may be nil.
type Options struct {
	Data            Data
	Listen          string // host:port
	URL             string // where people reach the console
	TLS             TLS
	SMTPURL         string // empty: mail goes to the outbox
	Account         tocsin.Account
	Region          tocsin.Region
	AccessKeyID     string
	SecretAccessKey string
	Sources         []map[string]any // where events come from by themselves, as tocsin.yaml has it
	Watch           map[string]any   // what is looked at, as tocsin.yaml has it
	Log             *slog.Logger
	Out             io.Writer    // what is printed once for people: keys, the sign-in link
	Listener        net.Listener // instead of Listen
	Version         string

	sources []source.Config // Sources, opened
	watches []watch.Config  // Watch, opened
}

var (
	accountPattern = regexp.MustCompile(`^[0-9]{12}$`)
	regionPattern  = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)
)

// check refuses options that cannot be and fills in what may be left out.
func (o *Options) check() error {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Out == nil {
		o.Out = io.Discard
	}
	o.URL = strings.TrimRight(o.URL, "/")
	u, err := url.Parse(o.URL)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("%w: --url must be like https://tocsin.example.org", ErrUse)
	case !accountPattern.MatchString(string(o.Account)):
		return fmt.Errorf("%w: the account id must have twelve digits", ErrUse)
	case !regionPattern.MatchString(string(o.Region)):
		return fmt.Errorf("%w: the region must be like us-east-1", ErrUse)
	case (o.AccessKeyID == "") != (o.SecretAccessKey == ""):
		return fmt.Errorf("%w: give both TOCSIN_ACCESS_KEY_ID and TOCSIN_SECRET_ACCESS_KEY, or neither", ErrUse)
	case (o.TLS.Cert == "") != (o.TLS.Key == ""):
		return fmt.Errorf("%w: give both --tls-cert and --tls-key, or neither", ErrUse)
	case o.TLS.Cert != "" && o.TLS.ACMEHost != "":
		return fmt.Errorf("%w: give a certificate or --acme, not both", ErrUse)
	}
	if o.watches, err = watch.Read(o.Watch, watches, string(o.Region)); err != nil {
		return fmt.Errorf("%w: %w", ErrUse, err)
	}
	if o.sources, err = source.Read(o.Sources, connectors); err != nil {
		return fmt.Errorf("%w: %w", ErrUse, err)
	}
	return nil
}
