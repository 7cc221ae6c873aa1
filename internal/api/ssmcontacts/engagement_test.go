package ssmcontacts_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssmcontacts"
	"github.com/aws/aws-sdk-go-v2/service/ssmcontacts/types"
	"github.com/aws/aws-sdk-go-v2/service/ssmincidents"
	incidents "github.com/aws/aws-sdk-go-v2/service/ssmincidents/types"
	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/tocsintest/apitest"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

// reachable makes a person who is paged by e-mail at once.
func reachable(h *apitest.House, c *ssmcontacts.Client, alias string) (arn, channel string) {
	h.T.Helper()
	arn = newPerson(h.T, c, alias)
	channel = newChannel(h.T, c, arn, types.ChannelTypeEmail, alias+"@example.org", false)
	if err := activate(c, channel, code(h, alias+"@example.org", 1)); err != nil {
		h.T.Fatal(err)
	}
	setPlan(h.T, c, arn, plan(10, toChannel(channel)))
	return arn, channel
}

func engage(t testing.TB, c *ssmcontacts.Client, contact string) (arn string) {
	t.Helper()
	return *must[*ssmcontacts.StartEngagementOutput](t)(c.StartEngagement(ctx, &ssmcontacts.StartEngagementInput{ContactId: &contact, Sender: awssdk.String("me"),
		Subject: awssdk.String("Sub"), Content: awssdk.String("Con")})).EngagementArn
}

// pagesOf lists an engagement's pages once they are all sent.
func pagesOf(h *apitest.House, c *ssmcontacts.Client, engagement string, n int) (pages []types.Page) {
	h.T.Helper()
	h.Wait("the pages to be sent", func() bool {
		pages = must[*ssmcontacts.ListPagesByEngagementOutput](h.T)(c.ListPagesByEngagement(ctx, &ssmcontacts.ListPagesByEngagementInput{EngagementId: &engagement})).Pages
		for _, p := range pages {
			if p.SentTime == nil {
				return false
			}
		}
		return len(pages) == n
	})
	return pages
}

func receipts(t testing.TB, c *ssmcontacts.Client, page string, size int32) (out []string) {
	t.Helper()
	list := ssmcontacts.NewListPageReceiptsPaginator(c, &ssmcontacts.ListPageReceiptsInput{PageId: &page, MaxResults: &size})
	for list.HasMorePages() {
		got := must[*ssmcontacts.ListPageReceiptsOutput](t)(list.NextPage(ctx)).Receipts
		if size > 0 && len(got) > int(size) {
			t.Errorf("a page of %d receipts has %d", size, len(got))
		}
		for _, r := range got {
			out = append(out, fmt.Sprint(r.ReceiptType, " ", awssdk.ToString(r.ReceiptInfo)))
		}
	}
	return out
}

func TestEngagement(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		h := apitest.New(t, db)
		c := h.Contacts(here)
		h.Set()
		alice, channel := reachable(h, c, "alice")
		bob, _ := reachable(h, c, "bob")
		team := newContact(t, c, "team", types.ContactTypeEscalation)
		setPlan(t, c, team, types.Plan{Stages: []types.Stage{
			{DurationInMinutes: awssdk.Int32(5), Targets: []types.Target{toContact(alice, true)}},
			{DurationInMinutes: awssdk.Int32(5), Targets: []types.Target{toContact(bob, false)}}}})

		before := time.Now().Add(-time.Second)
		in := &ssmcontacts.StartEngagementInput{ContactId: &team, Sender: awssdk.String("me"), Subject: awssdk.String("Sub"), Content: awssdk.String("Con"),
			PublicSubject: awssdk.String("PSub"), PublicContent: awssdk.String("PCon"), IdempotencyToken: awssdk.String("tok")}
		arn := *must[*ssmcontacts.StartEngagementOutput](t)(c.StartEngagement(ctx, in)).EngagementArn
		if again := must[*ssmcontacts.StartEngagementOutput](t)(c.StartEngagement(ctx, in)); *again.EngagementArn != arn {
			t.Errorf("the repeat started %s", *again.EngagementArn)
		}
		in.Subject = awssdk.String("other")
		_, err := c.StartEngagement(ctx, in)
		refused[*types.ValidationException](t, err)
		if !strings.HasPrefix(arn, "arn:aws:ssm-contacts:us-east-1:111122223333:engagement/team/") {
			t.Errorf("arn %s", arn)
		}
		e := must[*ssmcontacts.DescribeEngagementOutput](t)(c.DescribeEngagement(ctx, &ssmcontacts.DescribeEngagementInput{EngagementId: &arn}))
		if *e.ContactArn != team || *e.EngagementArn != arn || *e.Sender != "me" || *e.Subject != "Sub" || *e.Content != "Con" || *e.PublicSubject != "PSub" ||
			*e.PublicContent != "PCon" || e.IncidentId != nil || e.StartTime.Before(before) || e.StopTime != nil {
			t.Errorf("engagement %+v", e)
		}

		// The page, how it came, and its answer.
		p := pagesOf(h, c, arn, 1)[0]
		if !strings.HasPrefix(*p.PageArn, "arn:aws:ssm-contacts:us-east-1:111122223333:page/alice/") || *p.ContactArn != alice || *p.EngagementArn != arn || p.DeliveryTime != nil || p.ReadTime != nil {
			t.Errorf("page %+v", p)
		}
		d := must[*ssmcontacts.DescribePageOutput](t)(c.DescribePage(ctx, &ssmcontacts.DescribePageInput{PageId: p.PageArn}))
		if *d.Subject != "Sub" || *d.Content != "Con" || *d.PublicContent != "PCon" || *d.ContactArn != alice || d.SentTime == nil || d.ReadTime != nil {
			t.Errorf("page %+v", d)
		}
		var path []string
		for _, r := range must[*ssmcontacts.ListPageResolutionsOutput](t)(c.ListPageResolutions(ctx, &ssmcontacts.ListPageResolutionsInput{PageId: p.PageArn})).PageResolutions {
			stage := "-"
			if r.StageIndex != nil {
				stage = fmt.Sprint(*r.StageIndex)
			}
			path = append(path, fmt.Sprint(*r.ContactArn, " ", r.Type, " ", stage))
		}
		if diff := cmp.Diff([]string{team + " ESCALATION -", alice + " PERSONAL 0"}, path); diff != "" {
			t.Error(diff)
		}
		sent := mails(h, tocsin.KindPage, "alice@example.org")
		if len(sent) != 1 || string(sent[0].Page) != *p.PageArn {
			t.Fatalf("sent %+v", sent)
		}
		accept := func(kind types.AcceptType, code string, more ...func(*ssmcontacts.AcceptPageInput)) error {
			in := &ssmcontacts.AcceptPageInput{PageId: p.PageArn, AcceptType: kind, AcceptCode: &code}
			for _, m := range more {
				m(in)
			}
			_, err := c.AcceptPage(ctx, in)
			return err
		}
		if e := refused[*types.ValidationException](t, accept(types.AcceptTypeRead, other(sent[0].Code))); *e.Fields[0].Name != "AcceptCode" {
			t.Errorf("a wrong code: %+v", e)
		}
		wrong := func(in *ssmcontacts.AcceptPageInput) { in.ContactChannelId = awssdk.String(channel + "x") }
		if e := refused[*types.ValidationException](t, accept(types.AcceptTypeRead, sent[0].Code, wrong)); *e.Fields[0].Name != "ContactChannelId" {
			t.Errorf("a wrong channel: %+v", e)
		}
		if err := accept(types.AcceptTypeDelivered, sent[0].Code); err != nil {
			t.Fatal(err)
		}
		if got := receipts(t, c, *p.PageArn, 0); len(got) != 2 || got[0] != "DELIVERED "+sent[0].Code || !strings.HasPrefix(got[1], "SENT") {
			t.Errorf("receipts %v", got)
		}
		right := func(in *ssmcontacts.AcceptPageInput) { in.ContactChannelId, in.Note = &channel, awssdk.String("on it") }
		for range 2 { // the second time changes nothing
			if err := accept(types.AcceptTypeRead, sent[0].Code, right); err != nil {
				t.Fatal(err)
			}
		}
		for _, size := range []int32{0, 1, 2} {
			if got := receipts(t, c, *p.PageArn, size); len(got) != 3 || got[0] != "READ "+sent[0].Code || got[1] != "DELIVERED "+sent[0].Code {
				t.Errorf("receipts in pages of %d: %v", size, got)
			}
		}
		d = must[*ssmcontacts.DescribePageOutput](t)(c.DescribePage(ctx, &ssmcontacts.DescribePageInput{PageId: p.PageArn}))
		if d.ReadTime == nil || d.DeliveryTime == nil {
			t.Errorf("accepted page %+v", d)
		}

		// Stopping is idempotent and says when.
		for range 2 {
			must[*ssmcontacts.StopEngagementOutput](t)(c.StopEngagement(ctx, &ssmcontacts.StopEngagementInput{EngagementId: &arn, Reason: awssdk.String("done")}))
		}
		if e := must[*ssmcontacts.DescribeEngagementOutput](t)(c.DescribeEngagement(ctx, &ssmcontacts.DescribeEngagementInput{EngagementId: &arn})); e.StopTime == nil || e.StopTime.Before(*e.StartTime) {
			t.Errorf("stopped %+v", e)
		}
		missing := arn + "x"
		_, err = c.StopEngagement(ctx, &ssmcontacts.StopEngagementInput{EngagementId: &missing})
		if e := refused[*types.ResourceNotFoundException](t, err); *e.ResourceId != missing || *e.ResourceType != "ENGAGEMENT" {
			t.Errorf("%+v", e)
		}
		_, err = h.StrangerContacts().DescribeEngagement(ctx, &ssmcontacts.DescribeEngagementInput{EngagementId: &arn})
		refused[*types.ValidationException](t, err) // that account has no replication set
	})
}

// TestAcceptCodes: IGNORE takes any digits, and five wrong ones lock the page.
func TestAcceptCodes(t *testing.T) {
	h := apitest.New(t, dbtest.SQLite(t))
	c := h.Contacts(here)
	h.Set()
	alice, _ := reachable(h, c, "alice")
	accept := func(page *string, code string, v types.AcceptCodeValidation) error {
		_, err := c.AcceptPage(ctx, &ssmcontacts.AcceptPageInput{PageId: page, AcceptType: types.AcceptTypeRead, AcceptCode: &code, AcceptCodeValidation: v})
		return err
	}
	p := pagesOf(h, c, engage(t, c, alice), 1)[0]
	sent := mails(h, tocsin.KindPage, "alice@example.org")
	right := sent[len(sent)-1].Code
	refused[*types.ValidationException](t, accept(p.PageArn, other(right), types.AcceptCodeValidationEnforce))
	if err := accept(p.PageArn, other(right), types.AcceptCodeValidationIgnore); err != nil {
		t.Error(err)
	}

	e := engage(t, c, alice)
	p = pagesOf(h, c, e, 1)[0]
	sent = mails(h, tocsin.KindPage, "alice@example.org")
	right = sent[len(sent)-1].Code
	for range 5 {
		refused[*types.ValidationException](t, accept(p.PageArn, other(right), ""))
	}
	if err := accept(p.PageArn, right, ""); refused[*types.ValidationException](t, err) == nil {
		t.Error("the right code was taken after five wrong ones")
	}
	notes := 0
	for _, a := range h.Audit() {
		notes += strings.Count(a.Detail, "wrong accept code")
		if strings.Contains(a.Detail+a.Resource, right) {
			t.Errorf("the audit holds a code: %+v", a)
		}
	}
	if notes != 6 {
		t.Errorf("%d wrong codes are in the audit, want 6", notes)
	}

	e = engage(t, c, alice)
	p = pagesOf(h, c, e, 1)[0]
	sent = mails(h, tocsin.KindPage, "alice@example.org")
	must[*ssmcontacts.StopEngagementOutput](t)(c.StopEngagement(ctx, &ssmcontacts.StopEngagementInput{EngagementId: &e}))
	refused[*types.ValidationException](t, accept(p.PageArn, sent[len(sent)-1].Code, ""))
}

func TestListEngagementsAndPages(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		h := apitest.New(t, db)
		c := h.Contacts(here)
		h.Set()
		alice, _ := reachable(h, c, "alice")
		var started []string
		var pages []string
		for range 3 {
			e := engage(t, c, alice)
			started = append([]string{e}, started...)
			pages = append([]string{*pagesOf(h, c, e, 1)[0].PageArn}, pages...)
		}
		p := *must[*ssmincidents.CreateResponsePlanOutput](t)(h.Incidents().CreateResponsePlan(ctx, &ssmincidents.CreateResponsePlanInput{Name: awssdk.String("sec"), Engagements: []string{alice},
			IncidentTemplate: &incidents.IncidentTemplate{Title: awssdk.String("t"), Impact: awssdk.Int32(1)}})).Arn
		inc := *must[*ssmincidents.StartIncidentOutput](t)(h.Incidents().StartIncident(ctx, &ssmincidents.StartIncidentInput{ResponsePlanArn: &p})).IncidentRecordArn
		more := *must[*ssmcontacts.StartEngagementOutput](t)(c.StartEngagement(ctx, &ssmcontacts.StartEngagementInput{ContactId: &alice, Sender: awssdk.String("me"), Subject: awssdk.String("s"),
			Content: awssdk.String("c"), IncidentId: &inc})).EngagementArn

		list := func(in ssmcontacts.ListEngagementsInput) (got []string) {
			t.Helper()
			it := ssmcontacts.NewListEngagementsPaginator(c, &in)
			for it.HasMorePages() {
				for _, e := range must[*ssmcontacts.ListEngagementsOutput](t)(it.NextPage(ctx)).Engagements {
					if (in.IncidentId != nil) != (e.IncidentId != nil && *e.IncidentId == inc) && in.IncidentId != nil {
						t.Errorf("engagement %+v", e)
					}
					got = append(got, *e.EngagementArn)
				}
			}
			return got
		}
		for _, size := range []int32{0, 1, 2} {
			if got := list(ssmcontacts.ListEngagementsInput{MaxResults: &size}); len(got) != 5 || cmp.Diff(started, got[2:]) != "" || got[0] != more {
				t.Errorf("in pages of %d: %v", size, got)
			}
			if got := list(ssmcontacts.ListEngagementsInput{MaxResults: &size, IncidentId: &inc}); len(got) != 2 || got[0] != more {
				t.Errorf("of the incident, in pages of %d: %v", size, got)
			}
		}
		now := time.Now()
		span := func(from, to time.Duration) *types.TimeRange {
			return &types.TimeRange{StartTime: awssdk.Time(now.Add(from)), EndTime: awssdk.Time(now.Add(to))}
		}
		for _, tt := range []struct {
			span *types.TimeRange
			want int
		}{{span(-time.Hour, time.Hour), 5}, {span(time.Hour, 2*time.Hour), 0}, {span(-2*time.Hour, -time.Hour), 0}, {&types.TimeRange{StartTime: awssdk.Time(now.Add(-time.Hour))}, 5}, {&types.TimeRange{EndTime: awssdk.Time(now.Add(-time.Hour))}, 0}} {
			if got := list(ssmcontacts.ListEngagementsInput{TimeRangeValue: tt.span}); len(got) != tt.want {
				t.Errorf("%+v lists %d, want %d", tt.span, len(got), tt.want)
			}
			if got := list(ssmcontacts.ListEngagementsInput{TimeRangeValue: tt.span, IncidentId: &inc}); len(got) != min(tt.want, 2) {
				t.Errorf("%+v of the incident lists %d", tt.span, len(got))
			}
		}
		var got []string
		it := ssmcontacts.NewListPagesByContactPaginator(c, &ssmcontacts.ListPagesByContactInput{ContactId: &alice, MaxResults: awssdk.Int32(1)})
		for it.HasMorePages() {
			for _, p := range must[*ssmcontacts.ListPagesByContactOutput](t)(it.NextPage(ctx)).Pages {
				if p.IncidentId == nil {
					got = append(got, *p.PageArn)
				}
			}
		}
		if diff := cmp.Diff(pages, got); diff != "" {
			t.Errorf("pages, the newest first: %s", diff)
		}

		// An engagement is of an incident that is there, or of none.
		for _, id := range []string{inc + "0", "anything", strings.Replace(inc, "111122223333", "444455556666", 1)} {
			_, err := c.StartEngagement(ctx, &ssmcontacts.StartEngagementInput{ContactId: &alice, Sender: awssdk.String("me"), Subject: awssdk.String("s"), Content: awssdk.String("c"), IncidentId: &id})
			if e := refused[*types.ResourceNotFoundException](t, err); *e.ResourceId != id || *e.ResourceType != "INCIDENT_RECORD" {
				t.Errorf("%+v", e)
			}
		}
		// A page of an incident that is gone can still be answered wrongly.
		last := pagesOf(h, c, more, len(must[*ssmcontacts.ListPagesByEngagementOutput](t)(c.ListPagesByEngagement(ctx, &ssmcontacts.ListPagesByEngagementInput{EngagementId: &more})).Pages))
		must[*ssmincidents.DeleteIncidentRecordOutput](t)(h.Incidents().DeleteIncidentRecord(ctx, &ssmincidents.DeleteIncidentRecordInput{Arn: &inc}))
		for _, p := range last {
			for range 6 {
				_, err := c.AcceptPage(ctx, &ssmcontacts.AcceptPageInput{PageId: p.PageArn, AcceptType: types.AcceptTypeRead, AcceptCode: awssdk.String("1234567")})
				refused[*types.ValidationException](t, err)
			}
		}
		h.View(func(tx *store.Tx) error {
			left, err := tx.Timeline(tocsin.ARN(inc), true, store.Cursor{}, 10)
			if len(left) > 0 {
				t.Errorf("a deleted incident has a timeline: %+v", left[0])
			}
			return err
		})
	})
}
