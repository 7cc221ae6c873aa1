package tocsintest

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	ebtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/ssmcontacts"
	sctypes "github.com/aws/aws-sdk-go-v2/service/ssmcontacts/types"
	"github.com/aws/aws-sdk-go-v2/service/ssmincidents"
	sitypes "github.com/aws/aws-sdk-go-v2/service/ssmincidents/types"

	"github.com/tocsin-io/tocsin/internal/tocsintest/outside"
)

// Account and Region are those of servers that tests start.
const (
	Account = "000000000000"
	Region  = "us-east-1"
)

// Clients are AWS's SDK clients of one server.
type Clients struct {
	t         testing.TB
	Incidents *ssmincidents.Client
	Contacts  *ssmcontacts.Client
	Events    *eventbridge.Client
}

// NewClients makes clients that sign with the first key. They try once: a test
// must see every failure.
func NewClients(t testing.TB, url string) *Clients {
	c := aws.Config{Region: Region, BaseEndpoint: aws.String(url), Credentials: credentials.NewStaticCredentialsProvider(Key, Secret, ""),
		Retryer: func() aws.Retryer { return aws.NopRetryer{} }, HTTPClient: outside.Client{}}
	return &Clients{t: t, Incidents: ssmincidents.NewFromConfig(c), Contacts: ssmcontacts.NewFromConfig(c), Events: eventbridge.NewFromConfig(c)}
}

var ctx = context.Background()

func (c *Clients) must(what string, err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatalf("%s: %v", what, err)
	}
}

// ReplicationSet makes a replication set and waits until it is ACTIVE.
func (c *Clients) ReplicationSet() {
	c.t.Helper()
	out, err := c.Incidents.CreateReplicationSet(ctx, &ssmincidents.CreateReplicationSetInput{Regions: map[string]sitypes.RegionMapInputValue{Region: {}}})
	c.must("create replication set", err)
	for began := time.Now(); time.Since(began) < time.Minute; time.Sleep(10 * time.Millisecond) {
		set, err := c.Incidents.GetReplicationSet(ctx, &ssmincidents.GetReplicationSetInput{Arn: out.Arn})
		c.must("get replication set", err)
		if set.ReplicationSet.Status == sitypes.ReplicationSetStatusActive {
			return
		}
	}
	c.t.Fatal("the replication set does not become ACTIVE")
}

// Person makes a contact whose plan pages its e-mail at once, and activates the
// channel with the code from the postbox.
func (c *Clients) Person(alias string, box *Postbox) (contact, channel string) {
	c.t.Helper()
	made, err := c.Contacts.CreateContact(ctx, &ssmcontacts.CreateContactInput{Alias: &alias, Type: sctypes.ContactTypePersonal, Plan: &sctypes.Plan{Stages: []sctypes.Stage{}}})
	c.must("create contact", err)
	address := alias + "@example.org"
	ch, err := c.Contacts.CreateContactChannel(ctx, &ssmcontacts.CreateContactChannelInput{ContactId: made.ContactArn, Name: aws.String("mail"),
		Type: sctypes.ChannelTypeEmail, DeliveryAddress: &sctypes.ContactChannelAddress{SimpleAddress: &address}})
	c.must("create channel", err)
	mail := box.WaitKind(c.t, "activation", address)
	_, err = c.Contacts.ActivateContactChannel(ctx, &ssmcontacts.ActivateContactChannelInput{ContactChannelId: ch.ContactChannelArn, ActivationCode: aws.String(mail.Code())})
	c.must("activate channel", err)
	_, err = c.Contacts.UpdateContact(ctx, &ssmcontacts.UpdateContactInput{ContactId: made.ContactArn, Plan: &sctypes.Plan{Stages: []sctypes.Stage{{
		DurationInMinutes: aws.Int32(10), Targets: []sctypes.Target{{ChannelTargetInfo: &sctypes.ChannelTargetInfo{ContactChannelId: ch.ContactChannelArn}}}}}}})
	c.must("update contact", err)
	return *made.ContactArn, *ch.ContactChannelArn
}

// Plan makes a response plan that engages the contacts.
func (c *Clients) Plan(name string, contacts ...string) (arn string) {
	c.t.Helper()
	out, err := c.Incidents.CreateResponsePlan(ctx, &ssmincidents.CreateResponsePlanInput{Name: &name, Engagements: contacts,
		IncidentTemplate: &sitypes.IncidentTemplate{Title: aws.String("Plan " + name), Impact: aws.Int32(1)}})
	c.must("create response plan", err)
	return *out.Arn
}

// Rule makes a rule with a response plan as its target.
func (c *Clients) Rule(name, pattern, plan string) {
	c.t.Helper()
	_, err := c.Events.PutRule(ctx, &eventbridge.PutRuleInput{Name: &name, EventPattern: &pattern})
	c.must("put rule", err)
	out, err := c.Events.PutTargets(ctx, &eventbridge.PutTargetsInput{Rule: &name, Targets: []ebtypes.Target{{Id: aws.String("plan"), Arn: &plan,
		RoleArn: aws.String("arn:aws:iam::000000000000:role/start-incident")}}})
	c.must("put targets", err)
	if out.FailedEntryCount > 0 {
		c.t.Fatalf("put targets: %v", *out.FailedEntries[0].ErrorMessage)
	}
}

// Finding is an entry with a GuardDuty finding of that id.
func Finding(id string) ebtypes.PutEventsRequestEntry {
	detail, err := json.Marshal(map[string]any{"id": id, "severity": 8, "type": "Recon:EC2/PortProbeUnprotectedPort", "title": "finding " + id})
	if err != nil {
		panic(err)
	}
	return ebtypes.PutEventsRequestEntry{Source: aws.String("aws.guardduty"), DetailType: aws.String("GuardDuty Finding"), Detail: aws.String(string(detail))}
}

// FindingPattern matches findings of high severity.
const FindingPattern = `{"source":["aws.guardduty"],"detail-type":["GuardDuty Finding"],"detail":{"severity":[{"numeric":[">=",7]}]}}`

// Put puts events; an error says that the server did not accept all of them.
func (c *Clients) Put(entries ...ebtypes.PutEventsRequestEntry) error {
	out, err := c.Events.PutEvents(ctx, &eventbridge.PutEventsInput{Entries: entries})
	if err != nil {
		return err
	}
	if out.FailedEntryCount > 0 {
		return fmt.Errorf("%d entries failed: %s", out.FailedEntryCount, aws.ToString(out.Entries[0].ErrorMessage))
	}
	return nil
}

// IncidentRecords lists all incidents.
func (c *Clients) IncidentRecords() []sitypes.IncidentRecordSummary {
	c.t.Helper()
	var all []sitypes.IncidentRecordSummary
	p := ssmincidents.NewListIncidentRecordsPaginator(c.Incidents, &ssmincidents.ListIncidentRecordsInput{MaxResults: aws.Int32(100)})
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		c.must("list incidents", err)
		all = append(all, page.IncidentRecordSummaries...)
	}
	return all
}

// Pages lists the pages of an incident.
func (c *Clients) Pages(incident string) []sctypes.Page {
	c.t.Helper()
	engs, err := c.Contacts.ListEngagements(ctx, &ssmcontacts.ListEngagementsInput{IncidentId: &incident})
	c.must("list engagements", err)
	var all []sctypes.Page
	for _, e := range engs.Engagements {
		pages, err := c.Contacts.ListPagesByEngagement(ctx, &ssmcontacts.ListPagesByEngagementInput{EngagementId: e.EngagementArn})
		c.must("list pages", err)
		all = append(all, pages.Pages...)
	}
	return all
}
