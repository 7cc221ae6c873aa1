package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/tocsin-io/tocsin/internal/client"
	"github.com/tocsin-io/tocsin/internal/server"
)

// endpointFlag names the server to ask.
type endpointFlag struct {
	Endpoint string `help:"Server to ask; calls are signed with the AWS_* variables." default:"http://127.0.0.1:8117" env:"TOCSIN_ENDPOINT"`
}

// call calls an operation of our own service.
func (e endpointFlag) call(ctx context.Context, op string, in, out any) error {
	c, err := client.FromEnvironment(e.Endpoint)
	if err != nil {
		return &exitError{exitWrong, err.Error()}
	}
	if err := c.JSON(ctx, "tocsin", "Tocsin."+op, in, out); err != nil {
		var answer *client.Error
		if errors.As(err, &answer) {
			return fmt.Errorf("%s: %w", e.Endpoint, err)
		}
		return fmt.Errorf("%w; is the server running? (--endpoint)", err)
	}
	return nil
}

type outboxCmd struct {
	endpointFlag
	JSON bool `help:"Print one JSON array."`
	Max  int  `help:"At most so many messages, the newest first; 0 is all." default:"0"`
}

// Help shows an example.
func (outboxCmd) Help() string { return "Example: tocsin outbox --json | jq -r '.[0].code'" }

// outboxMessage is a message as it is printed: a contract with scripts.
type outboxMessage struct {
	Time       time.Time `json:"time"`
	To         string    `json:"to"`
	Channel    string    `json:"channel"`
	Kind       string    `json:"kind"`
	ChannelARN string    `json:"channelArn"`
	PageARN    string    `json:"pageArn"`
	Code       string    `json:"code"`
	Text       string    `json:"text"`
}

// Run lists the outbox, the newest message first.
func (c *outboxCmd) Run(ctx context.Context, std streams) error {
	all := []outboxMessage{}
	for token := ""; ; {
		in := map[string]any{"MaxResults": 100}
		if token != "" {
			in["NextToken"] = token
		}
		var out struct {
			Messages []struct {
				Time                                               float64
				To, Channel, Kind, ChannelArn, PageArn, Code, Text string
			}
			NextToken string
		}
		if err := c.call(ctx, "ListOutbox", in, &out); err != nil {
			return err
		}
		for _, m := range out.Messages {
			all = append(all, outboxMessage{time.UnixMicro(int64(m.Time * 1e6)).UTC(), m.To, m.Channel, m.Kind, m.ChannelArn, m.PageArn, m.Code, m.Text})
		}
		if token = out.NextToken; token == "" || c.Max > 0 && len(all) >= c.Max {
			break
		}
	}
	if c.Max > 0 && len(all) > c.Max {
		all = all[:c.Max]
	}
	if c.JSON {
		enc := json.NewEncoder(std.out)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		return enc.Encode(all)
	}
	w := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "TIME\tTO\tCHANNEL\tKIND\tCODE\tTEXT")
	for _, m := range all {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", m.Time.Format(time.RFC3339), m.To, m.Channel, m.Kind, m.Code, firstLine(m.Text))
	}
	return w.Flush()
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	return s
}

type keyCmd struct {
	Create keyCreateCmd `cmd:"" help:"Make an access key; its secret is printed once."`
	List   keyListCmd   `cmd:"" help:"List the access keys."`
	Delete keyDeleteCmd `cmd:"" help:"Remove an access key: it is refused from then on."`
}

type keyCreateCmd struct {
	endpointFlag
	dataFlags
	Name    string   `help:"Who or what the key is for." required:""`
	May     []string `help:"Rights: admin, responder, ingest, read." required:"" enum:"admin,responder,ingest,read" placeholder:"RIGHT"`
	Account string   `help:"Account of the key; default that of the caller, or of the first key." env:"TOCSIN_KEY_ACCOUNT"`
}

// Help shows an example.
func (keyCreateCmd) Help() string {
	return "Example: tocsin key create --name ci --may read\nWith --data or --database it writes to the database itself, else it asks the server."
}

// Run makes a key.
func (c *keyCreateCmd) Run(ctx context.Context, std streams) error {
	var id, secret string
	if c.Data != "" || c.Database != "" {
		var err error
		if id, secret, err = server.CreateKey(ctx, c.data(), server.NewKey{Name: c.Name, Rights: c.May, Account: c.Account}); err != nil {
			return fmt.Errorf("create key: %w", err)
		}
	} else {
		in := map[string]any{"Name": c.Name, "Rights": c.May}
		if c.Account != "" {
			in["AccountId"] = c.Account
		}
		var out struct{ AccessKeyId, SecretAccessKey string }
		if err := c.call(ctx, "CreateKey", in, &out); err != nil {
			return err
		}
		id, secret = out.AccessKeyId, out.SecretAccessKey
	}
	_, err := fmt.Fprintf(std.out, "export AWS_ACCESS_KEY_ID=%s\nexport AWS_SECRET_ACCESS_KEY=%s\n", id, secret)
	return err
}

type keyListCmd struct{ endpointFlag }

// Run lists the keys.
func (c *keyListCmd) Run(ctx context.Context, std streams) error {
	var out struct {
		Keys []struct {
			AccessKeyId, Name, Account string
			Rights                     []string
		}
	}
	if err := c.call(ctx, "ListKeys", map[string]any{}, &out); err != nil {
		return err
	}
	w := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "KEY\tNAME\tRIGHTS\tACCOUNT")
	for _, k := range out.Keys {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", k.AccessKeyId, k.Name, strings.Join(k.Rights, ","), k.Account)
	}
	return w.Flush()
}

type keyDeleteCmd struct {
	endpointFlag
	ID string `arg:"" help:"The access key id."`
}

// Run removes a key.
func (c *keyDeleteCmd) Run(ctx context.Context) error {
	return c.call(ctx, "DeleteKey", map[string]any{"AccessKeyId": c.ID}, nil)
}

type signInLinkCmd struct {
	endpointFlag
	dataFlags
	Person string `help:"Name of the person; default admin, who is made if there is none."`
	URL    string `help:"Where people reach the console, with --data or --database." default:"http://localhost:8117" env:"TOCSIN_URL"`
}

// Help shows an example.
func (signInLinkCmd) Help() string {
	return "Example: tocsin sign-in-link --data /var/lib/tocsin\nWith --data or --database it writes to the database itself, else it asks the server."
}

// Run prints a one-time link.
func (c *signInLinkCmd) Run(ctx context.Context, std streams) error {
	if c.Data != "" || c.Database != "" {
		link, err := server.SignInLink(ctx, c.data(), c.URL, c.Person)
		if err != nil {
			return fmt.Errorf("sign-in link: %w", err)
		}
		_, err = fmt.Fprintln(std.out, link)
		return err
	}
	in := map[string]any{}
	if c.Person != "" {
		in["PersonName"] = c.Person
	}
	var out struct{ Url string }
	if err := c.call(ctx, "CreateSignInLink", in, &out); err != nil {
		return err
	}
	_, err := fmt.Fprintln(std.out, out.Url)
	return err
}

type backupCmd struct {
	dataFlags
	File string `arg:"" help:"File to write; it must not exist." type:"path"`
}

// Help shows an example.
func (backupCmd) Help() string {
	return "Example: tocsin backup --data /var/lib/tocsin tocsin-2026-11-22.backup\nThe file holds all tables of one instant; secrets in it stay sealed, so keep the key file too, elsewhere."
}

// Run writes a backup.
func (c *backupCmd) Run(ctx context.Context, std streams) error {
	n, err := server.Backup(ctx, c.data(), c.File)
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	_, err = fmt.Fprintf(std.out, "%d rows written to %s; the key that unseals its secrets is not in it\n", n, c.File)
	return err
}

type restoreCmd struct {
	dataFlags
	File string `arg:"" help:"Backup to read." type:"existingfile"`
}

// Help shows an example.
func (restoreCmd) Help() string {
	return "Example: tocsin restore --data /var/lib/tocsin tocsin-2026-11-22.backup\nThe database must be empty and the key the one the backup was made with; SQLite and PostgreSQL take each other's backups."
}

// Run restores a backup.
func (c *restoreCmd) Run(ctx context.Context, std streams) error {
	n, err := server.Restore(ctx, c.data(), c.File)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	_, err = fmt.Fprintf(std.out, "%d rows restored from %s\n", n, c.File)
	return err
}
