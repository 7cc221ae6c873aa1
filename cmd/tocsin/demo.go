package main

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/client"
	"github.com/tocsin-io/tocsin/internal/server"
)

// The sample events are what AWS would deliver, apart from the envelope's own
// members, which PutEvents fills in.
//
//go:embed demo/*.json
var samples embed.FS

const (
	demoRegion = "us-east-1"
	demoPlan   = "security"
	demoWait   = 30 * time.Second // for each thing that is waited for
)

// scenario is one way into the product: a rule and an event that matches it.
type scenario struct {
	letter  string
	rule    string
	file    string
	pattern string
}

var scenarios = []scenario{
	{"A", "root-activity", "demo/a-root-sign-in.json",
		`{"detail-type":["AWS API Call via CloudTrail","AWS Console Sign In via CloudTrail"],"detail":{"userIdentity":{"type":["Root"]}}}`},
	{"B", "guardduty-high", "demo/b-guardduty-finding.json",
		`{"source":["aws.guardduty"],"detail-type":["GuardDuty Finding"],"detail":{"severity":[{"numeric":[">=",7]}]}}`},
	{"C", "s3-public-access", "demo/c-bucket-public.json",
		`{"source":["aws.config"],"detail-type":["Config Rules Compliance Change"],"detail":{"messageType":["ComplianceChangeNotification"],` +
			`"configRuleName":["s3-bucket-public-read-prohibited","s3-bucket-public-write-prohibited"],"newEvaluationResult":{"complianceType":["NON_COMPLIANT"]}}}`},
}

type demoCmd struct {
	Listen string `help:"Address to listen on." default:"127.0.0.1:8117"`
}

// Help says what the demonstration is.
func (demoCmd) Help() string {
	return "Runs a server on data of its own in a temporary folder, sets up a contact, a response plan and three rules, fires the three scenarios, and serves until it is interrupted."
}

// Run serves the demonstration until the process is told to end.
func (d *demoCmd) Run(ctx context.Context, std streams) error {
	dir, err := os.MkdirTemp("", "tocsin-demo-")
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	defer os.RemoveAll(dir)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c := client.New("http://"+d.Listen, demoRegion, "AKIATOCSINDEMO000001", tocsin.NewID()+tocsin.NewCode(8))
	ended := make(chan error, 1)
	go func() {
		ended <- server.Run(ctx, server.Options{Data: server.Data{Dir: dir}, Listen: d.Listen, URL: c.Endpoint, Account: "000000000000", Region: demoRegion,
			AccessKeyID: c.Key, SecretAccessKey: c.Secret, Log: slog.New(slog.NewTextHandler(std.err, &slog.HandlerOptions{Level: slog.LevelWarn})), Out: io.Discard, Version: version})
	}()
	shown := make(chan error, 1)
	go func() { shown <- show(ctx, &demo{c: c, out: std.out}) }()
	for {
		select {
		case err := <-ended:
			return err
		case err := <-shown:
			if err != nil {
				cancel()
				return errors.Join(fmt.Errorf("demo: %w", err), <-ended)
			}
			shown = nil // shown; serve on
		}
	}
}

// demo sets the sample data up by the same calls that any client makes.
type demo struct {
	c       *client.Client
	out     io.Writer
	contact string
}

// show sets everything up, fires the scenarios and prints what a user needs:
// each line is a contract with scripts.
func show(ctx context.Context, d *demo) error {
	for _, step := range []func(context.Context) error{d.up, d.replicationSet, d.people, d.plan, d.rules} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	var link struct{ Url string }
	if err := d.c.JSON(ctx, "tocsin", "Tocsin.CreateSignInLink", map[string]any{}, &link); err != nil {
		return fmt.Errorf("sign-in link: %w", err)
	}
	fmt.Fprintf(d.out, "console %s&enter=1\nendpoint %s\n", link.Url, d.c.Endpoint)
	fmt.Fprintf(d.out, "export AWS_ACCESS_KEY_ID=%s\nexport AWS_SECRET_ACCESS_KEY=%s\nexport AWS_DEFAULT_REGION=%s\nexport AWS_ENDPOINT_URL=%s\n",
		d.c.Key, d.c.Secret, demoRegion, d.c.Endpoint)
	for _, s := range scenarios {
		arn, status, err := d.fire(ctx, s)
		if err != nil {
			return fmt.Errorf("scenario %s: %w", s.letter, err)
		}
		fmt.Fprintf(d.out, "%s %s %s\n", s.letter, arn, status)
	}
	fmt.Fprintln(d.out, "note B and C are sample events, sent with PutEvents; docs/sources.md and docs/watches.md tell how they come by themselves")
	fmt.Fprintln(d.out, "note pages and codes are in the outbox: tocsin outbox, or the console; the SMS follows after one minute unless somebody acknowledges")
	fmt.Fprintln(d.out, "ready")
	return nil
}

// until calls fn until it says that it is done, the time is up or it fails.
func until(ctx context.Context, what string, fn func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, demoWait)
	defer cancel()
	for {
		done, err := fn()
		if done || err != nil && ctx.Err() != nil {
			return err
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("%s did not happen in %v", what, demoWait), err)
		}
	}
}

// up waits until the server answers.
func (d *demo) up(ctx context.Context) error {
	return until(ctx, "the server's start", func() (bool, error) {
		err := d.c.JSON(ctx, "ssm-contacts", "SSMContacts.ListContacts", map[string]any{}, nil)
		return err == nil, err
	})
}

func (d *demo) replicationSet(ctx context.Context) error {
	var made struct{ Arn string }
	in := map[string]any{"regions": map[string]any{demoRegion: map[string]any{}}}
	if err := d.c.REST(ctx, "ssm-incidents", "POST", "/createReplicationSet", in, &made); err != nil {
		return fmt.Errorf("replication set: %w", err)
	}
	return until(ctx, "the replication set's becoming ACTIVE", func() (bool, error) {
		var out struct{ ReplicationSet struct{ Status string } }
		err := d.c.REST(ctx, "ssm-incidents", "GET", "/getReplicationSet?arn="+url.QueryEscape(made.Arn), nil, &out)
		return out.ReplicationSet.Status == "ACTIVE", err
	})
}

// people makes a contact with e-mail at once and SMS a minute later.
func (d *demo) people(ctx context.Context) error {
	var made struct{ ContactArn string }
	in := map[string]any{"Alias": "security-on-call", "DisplayName": "Security on call", "Type": "PERSONAL", "Plan": map[string]any{"Stages": []any{}}}
	if err := d.c.JSON(ctx, "ssm-contacts", "SSMContacts.CreateContact", in, &made); err != nil {
		return fmt.Errorf("contact: %w", err)
	}
	d.contact = made.ContactArn
	var stages []any
	for i, ch := range []struct{ name, kind, address string }{{"Mail", "EMAIL", "oncall@example.org"}, {"Phone", "SMS", "+15555550100"}} {
		arn, err := d.channel(ctx, ch.name, ch.kind, ch.address)
		if err != nil {
			return fmt.Errorf("channel %s: %w", ch.name, err)
		}
		stages = append(stages, map[string]any{"DurationInMinutes": 1 - i, "Targets": []any{
			map[string]any{"ChannelTargetInfo": map[string]any{"ContactChannelId": arn, "RetryIntervalInMinutes": 1}}}})
	}
	update := map[string]any{"ContactId": d.contact, "Plan": map[string]any{"Stages": stages}}
	if err := d.c.JSON(ctx, "ssm-contacts", "SSMContacts.UpdateContact", update, nil); err != nil {
		return fmt.Errorf("engagement plan: %w", err)
	}
	return nil
}

// channel makes a channel and activates it with the code from the outbox.
func (d *demo) channel(ctx context.Context, name, kind, address string) (string, error) {
	var made struct{ ContactChannelArn string }
	in := map[string]any{"ContactId": d.contact, "Name": name, "Type": kind, "DeliveryAddress": map[string]any{"SimpleAddress": address}}
	if err := d.c.JSON(ctx, "ssm-contacts", "SSMContacts.CreateContactChannel", in, &made); err != nil {
		return "", err
	}
	return made.ContactChannelArn, until(ctx, "the activation code's arrival", func() (bool, error) {
		var out struct {
			Messages []struct{ ChannelArn, Code, Kind string }
		}
		if err := d.c.JSON(ctx, "tocsin", "Tocsin.ListOutbox", map[string]any{"MaxResults": 20}, &out); err != nil {
			return false, err
		}
		for _, m := range out.Messages {
			if m.ChannelArn == made.ContactChannelArn && m.Kind == "activation" {
				return true, d.c.JSON(ctx, "ssm-contacts", "SSMContacts.ActivateContactChannel",
					map[string]any{"ContactChannelId": m.ChannelArn, "ActivationCode": m.Code}, nil)
			}
		}
		return false, nil
	})
}

func (d *demo) plan(ctx context.Context) error {
	in := map[string]any{"name": demoPlan, "displayName": "Security incidents", "engagements": []string{d.contact},
		"incidentTemplate": map[string]any{"title": "Security event", "impact": 1,
			"summary": "Find out who did this and whether it was meant. If not: contain first, then ask."}}
	if err := d.c.REST(ctx, "ssm-incidents", "POST", "/createResponsePlan", in, nil); err != nil {
		return fmt.Errorf("response plan: %w", err)
	}
	return nil
}

func (d *demo) rules(ctx context.Context) error {
	for _, s := range scenarios {
		if err := d.c.JSON(ctx, "events", "AWSEvents.PutRule", map[string]any{"Name": s.rule, "EventPattern": s.pattern}, nil); err != nil {
			return fmt.Errorf("rule %s: %w", s.rule, err)
		}
		targets := []any{map[string]any{"Id": "plan", "Arn": tocsin.ResponsePlanARN("000000000000", demoPlan), "RoleArn": "arn:aws:iam::000000000000:role/start-incident"}}
		if err := d.c.JSON(ctx, "events", "AWSEvents.PutTargets", map[string]any{"Rule": s.rule, "Targets": targets}, nil); err != nil {
			return fmt.Errorf("target of rule %s: %w", s.rule, err)
		}
	}
	return nil
}

// fire puts a scenario's event and gives the incident that it opened.
func (d *demo) fire(ctx context.Context, s scenario) (arn, status string, err error) {
	text, err := samples.ReadFile(s.file)
	if err != nil {
		return "", "", err
	}
	var entry struct {
		Source     string
		DetailType string
		Detail     json.RawMessage
	}
	if err := json.Unmarshal(text, &entry); err != nil {
		return "", "", err
	}
	in := map[string]any{"Entries": []any{map[string]any{"Source": entry.Source, "DetailType": entry.DetailType, "Detail": string(entry.Detail)}}}
	var put struct {
		FailedEntryCount int
		Entries          []struct{ ErrorCode, ErrorMessage string }
	}
	if err := d.c.JSON(ctx, "events", "AWSEvents.PutEvents", in, &put); err != nil {
		return "", "", err
	}
	if put.FailedEntryCount > 0 {
		return "", "", fmt.Errorf("%s: %s", put.Entries[0].ErrorCode, put.Entries[0].ErrorMessage)
	}
	var out struct {
		IncidentRecordSummaries []struct{ Arn, Title, Status string }
	}
	if err := d.c.REST(ctx, "ssm-incidents", "POST", "/listIncidentRecords", map[string]any{}, &out); err != nil {
		return "", "", err
	}
	for _, i := range out.IncidentRecordSummaries {
		if strings.HasSuffix(i.Title, ": "+s.rule) {
			return i.Arn, i.Status, nil
		}
	}
	return "", "", errors.New("no incident was opened")
}
