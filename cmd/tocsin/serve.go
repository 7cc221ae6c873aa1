package main

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/alecthomas/kong"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/server"
)

// dataFlags say where the data is. They are the same for every command that
// opens it.
type dataFlags struct {
	Data     string `help:"Data folder: SQLite and the key. Default ./tocsin-data, or none with --database." env:"TOCSIN_DATA" type:"path"`
	Database string `help:"PostgreSQL to use instead of SQLite: postgres://…" env:"TOCSIN_DATABASE_URL"`
	KeyFile  string `help:"File with the key that secrets are sealed with; default key in the data folder." env:"TOCSIN_KEY_FILE" type:"path"`
}

func (d dataFlags) data() server.Data {
	if d.Data == "" && d.Database == "" {
		d.Data = "tocsin-data"
	}
	return server.Data{Dir: d.Data, URL: d.Database, KeyFile: d.KeyFile}
}

type serveCmd struct {
	dataFlags
	Listen          string          `help:"Address to listen on." default:"127.0.0.1:8117" env:"TOCSIN_LISTEN"`
	URL             string          `help:"Where people reach the console: links, passkeys." default:"http://localhost:8117" env:"TOCSIN_URL"`
	TLSCert         string          `help:"Certificate file (PEM) to serve HTTPS with." env:"TOCSIN_TLS_CERT" type:"path"`
	TLSKey          string          `help:"Key file (PEM) of the certificate." env:"TOCSIN_TLS_KEY" type:"path"`
	ACME            string          `name:"acme" help:"Host name to get a certificate for by ACME." placeholder:"HOST" env:"TOCSIN_ACME"`
	ACMEDirectory   string          `name:"acme-directory" help:"ACME directory, for a certificate authority of your own." env:"TOCSIN_ACME_DIRECTORY"`
	ACMECA          string          `name:"acme-ca" help:"Certificates (PEM) to trust for the ACME directory." env:"TOCSIN_ACME_CA" type:"path"`
	SMTPURL         string          `name:"smtp-url" help:"Mail server: smtp[s]://user:pass@host:port?from=…" env:"TOCSIN_SMTP_URL"`
	AccountID       string          `help:"Account of the first key." default:"000000000000" env:"TOCSIN_ACCOUNT_ID"`
	Region          string          `help:"Region of what has no request." default:"us-east-1" env:"TOCSIN_REGION"`
	AccessKeyID     string          `help:"First access key; generated and printed once when not given." env:"TOCSIN_ACCESS_KEY_ID"`
	SecretAccessKey string          `help:"Secret of the first access key." env:"TOCSIN_SECRET_ACCESS_KEY"`
	Sources         entries         `help:"Where events come from by themselves: a list, as in tocsin.yaml (docs/sources.md)." placeholder:"LIST" env:"TOCSIN_SOURCES"`
	Watch           section         `help:"What is looked at again and again: settings by kind, as in tocsin.yaml (docs/watches.md)." placeholder:"SETTINGS" env:"TOCSIN_WATCH"`
	Config          kong.ConfigFlag `help:"Configuration file (YAML): its keys are these flags." env:"TOCSIN_CONFIG" type:"path"`
	LogFormat       string          `help:"Log format: text or json." enum:"text,json" default:"text" env:"TOCSIN_LOG_FORMAT"`
}

// Help shows an example.
func (serveCmd) Help() string {
	return "Example: tocsin serve --data /var/lib/tocsin --smtp-url 'smtp://mail.example.org:587?from=tocsin@example.org'"
}

func (c *serveCmd) options(std streams) server.Options {
	var h slog.Handler = slog.NewTextHandler(std.err, nil)
	if c.LogFormat == "json" {
		h = slog.NewJSONHandler(std.err, nil)
	}
	return server.Options{
		Data: c.data(), Listen: c.Listen, URL: c.URL, TLS: server.TLS{Cert: c.TLSCert, Key: c.TLSKey, ACMEHost: c.ACME, ACMEDirectory: c.ACMEDirectory, ACMECA: c.ACMECA},
		SMTPURL: c.SMTPURL, Account: tocsin.Account(c.AccountID), Region: tocsin.Region(c.Region), AccessKeyID: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey,
		Sources: c.Sources, Watch: c.Watch, Log: slog.New(h), Out: std.out, Version: version,
	}
}

// Run serves until the process is told to end.
func (c *serveCmd) Run(ctx context.Context, std streams) error {
	if err := server.Run(ctx, c.options(std)); err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}
