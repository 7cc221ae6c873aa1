package tocsintest_test

import (
	"bufio"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssmcontacts"
	sctypes "github.com/aws/aws-sdk-go-v2/service/ssmcontacts/types"
	"github.com/aws/aws-sdk-go-v2/service/ssmincidents"
	sitypes "github.com/aws/aws-sdk-go-v2/service/ssmincidents/types"
	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin/internal/tocsintest"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

// TestMain lets more tests run at once than there are processors: lives wait for
// most of their time.
func TestMain(m *testing.M) {
	if err := flag.Set("test.parallel", "32"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// lifePoints is a sample of the points of a life: one of each sort.
var lifePoints = []string{
	"before commit of events:PutEvents#1",
	"after commit of ssm-incidents:StartIncident#1",
	"after claim#1",
	"after send of a page#1",
	"before finish#2",
	"after commit of ssm-contacts:AcceptPage#1",
	"before commit of ssm-incidents:UpdateIncidentRecord#2",
}

// An engagement's life, from the event to the resolved incident, comes to the same
// end when the server is killed at any one point of it: before or after a commit, a
// send, or a step of a job.
func TestLifeSurvivesAKillAtEveryPoint(t *testing.T) {
	if holds(t, tocsintest.Binary(t), "TOCSIN_FAULT") {
		t.Error("the binary that people run can be told to die")
	}
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		dieEverywhere(t, 1, func(t *testing.T) []string { return []string{"--data", t.TempDir()} })
	})
	t.Run("postgres", func(t *testing.T) {
		if os.Getenv("TOCSIN_PROVE") == "" {
			t.Skip("SKIPPED on PostgreSQL: only in the long proofs")
		}
		t.Parallel()
		dieEverywhere(t, 4, func(t *testing.T) []string {
			o := dbtest.PostgresOptions(t)
			return []string{"--database", o.URL, "--key-file", o.KeyFile}
		})
	})
}

func holds(t *testing.T, file, text string) bool {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Contains(string(b), text)
}

// dieEverywhere lives a life for each point of a sample, or in the long proofs for
// every k-th of those that a life without a kill has passed.
func dieEverywhere(t *testing.T, k int, data func(*testing.T) []string) {
	points := lifePoints
	if os.Getenv("TOCSIN_PROVE") != "" {
		var all []string
		t.Run("whole", func(t *testing.T) { all = live(t, data(t), "", nil) })
		points = nil
		for i, p := range all {
			if i%k == 0 || slices.Contains(lifePoints, p) {
				points = append(points, p)
			}
		}
		t.Logf("%d points in a life, killed at %d", len(all), len(points))
		if len(all) < 30 {
			t.Fatalf("a life has only %d points: the test proves nothing", len(all))
		}
	}
	var died atomic.Int32
	t.Cleanup(func() { // after all of them
		if n := int(died.Load()); n < len(points)*3/4 {
			t.Errorf("only %d servers died at one of %d points: the test proves too little", n, len(points))
		}
	})
	for _, p := range points {
		t.Run(p, func(t *testing.T) {
			t.Parallel()
			live(t, data(t), p, &died)
		})
	}
}

// life is one engagement's life on a server of its own, and who leads it. Ann is
// engaged by an event and answers when her second channel is paged; Bob is engaged
// by StartIncident and answers at once; with him Carl, whose mail server takes the page
// at the second try and who never answers.
type life struct {
	*testing.T
	box      *tocsintest.Postbox
	server   *tocsintest.Process
	ordinary func() // has the next launch be of an ordinary server
	c        *tocsintest.Clients
	point    string
	died     bool
	plan     string    // Bob's
	answered time.Time // when Bob's answer was taken
}

// live leads a life in which the server dies at the point, checks how it ended, and
// gives the points passed. It counts in died whether the server did: what the service
// does by itself is not the same in each life.
func live(t *testing.T, data []string, point string, died *atomic.Int32) []string {
	l := &life{T: t, box: tocsintest.NewPostbox(t), point: point}
	l.server = tocsintest.Start(t, data, []string{"TOCSIN_SMTP_URL=" + l.box.URL()})
	l.c = tocsintest.NewClients(t, l.server.URL())
	l.c.ReplicationSet()
	l.c.Rule("findings", tocsintest.FindingPattern, l.c.Plan("ann", l.person("ann")))
	carl, _ := l.c.Person("carl", l.box)
	l.plan = l.c.Plan("bob", l.person("bob"), carl)
	l.box.RefuseOnce("carl@example.org")
	l.server.Stop()

	list := filepath.Join(t.TempDir(), "points")
	l.ordinary = l.server.Use(tocsintest.FaultBinary(t), "TOCSIN_FAULT_AT="+point, "TOCSIN_FAULT_LIST="+list)
	l.server.Launch()
	l.until("the server is ready", l.server.Ready)
	l.lead()
	l.server.Stop() // what is in flight is finished
	switch {
	case l.died:
		died.Add(1)
	case point != "":
		t.Logf("not reached: %s", point)
		if slices.Contains(lifePoints, point) {
			t.Error("the server passed a point of every life without dying at it")
		}
	}
	return read(t, list)
}

func read(t *testing.T, file string) (lines []string) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for in := bufio.NewScanner(f); in.Scan(); {
		lines = append(lines, in.Text())
	}
	return lines
}

// person makes a contact with two channels, the second paged a minute after the first.
func (l *life) person(alias string) string {
	l.Helper()
	contact, first := l.c.Person(alias, l.box)
	address := alias + "-2@example.org"
	ch, err := l.c.Contacts.CreateContactChannel(ctx, &ssmcontacts.CreateContactChannelInput{ContactId: &contact, Name: aws.String("second"),
		Type: sctypes.ChannelTypeEmail, DeliveryAddress: &sctypes.ContactChannelAddress{SimpleAddress: &address}})
	l.must(err)
	code := l.box.WaitKind(l, "activation", address).Code()
	_, err = l.c.Contacts.ActivateContactChannel(ctx, &ssmcontacts.ActivateContactChannelInput{ContactChannelId: ch.ContactChannelArn, ActivationCode: &code})
	l.must(err)
	stage := func(channel string) sctypes.Stage {
		return sctypes.Stage{DurationInMinutes: aws.Int32(1), Targets: []sctypes.Target{{ChannelTargetInfo: &sctypes.ChannelTargetInfo{ContactChannelId: &channel}}}}
	}
	_, err = l.c.Contacts.UpdateContact(ctx, &ssmcontacts.UpdateContactInput{ContactId: &contact,
		Plan: &sctypes.Plan{Stages: []sctypes.Stage{stage(first), stage(*ch.ContactChannelArn)}}})
	l.must(err)
	return contact
}

func (l *life) must(err error) {
	l.Helper()
	if err != nil {
		l.Fatalf("%v\n%s", err, l.server.Log())
	}
}

// until waits for something while the server may die, and starts it again if it does.
func (l *life) until(what string, there func() bool) {
	l.Helper()
	deadline := time.Now().Add(4 * time.Minute)
	for !there() {
		select {
		case <-l.server.Ended():
			l.revive()
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			l.Fatalf("waited in vain until %s\n%s", what, l.server.Log())
		}
	}
}

// revive starts an ordinary server on what the one that died has left.
func (l *life) revive() {
	l.Helper()
	if l.died || l.point == "" {
		l.Fatalf("the server ended by itself:\n%s", l.server.Log())
	}
	l.died = true
	l.ordinary()
	l.server.Again()
}

// call asks the server for something, as a client that asks again when the server
// was gone; it says whether it had to. The server may refuse nothing.
func (l *life) call(ask func() error) (again bool) {
	l.Helper()
	err := ask()
	if err == nil {
		return false
	}
	select {
	case <-l.server.Ended():
	case <-time.After(30 * time.Second):
		l.must(err)
	}
	l.revive()
	return true
}

// mail waits for the page to an address.
func (l *life) mail(to string) (page tocsintest.Mail) {
	l.Helper()
	l.until("a page comes to "+to, func() bool {
		for _, m := range l.box.Mails() {
			if m.Kind() == "page" && slices.Contains(m.To, to) {
				page = m
				return true
			}
		}
		return false
	})
	return page
}

func (l *life) lead() {
	put := func() error { return l.c.Put(tocsintest.Finding("one")) }
	if l.call(put) {
		l.whole("events:PutEvents", "ann")
		l.must(put())
	}
	start := func() error {
		_, err := l.c.Incidents.StartIncident(ctx, &ssmincidents.StartIncidentInput{ResponsePlanArn: &l.plan, ClientToken: aws.String("start-bob")})
		return err
	}
	if l.call(start) {
		l.whole("ssm-incidents:StartIncident", "bob")
		l.must(start())
	}
	bob := l.mail("bob@example.org")
	l.accept(bob)
	l.answered = time.Now()
	first := l.mail("ann@example.org")
	second := l.mail("ann-2@example.org")
	l.accept(second)
	l.mail("carl@example.org")
	for _, incident := range []string{first.Incident(), bob.Incident()} {
		resolve := func() error {
			_, err := l.c.Incidents.UpdateIncidentRecord(ctx, &ssmincidents.UpdateIncidentRecordInput{Arn: &incident,
				Status: sitypes.IncidentRecordStatusResolved, ClientToken: aws.String("resolve " + incident[len(incident)-36:])})
			return err
		}
		if l.call(resolve) {
			l.must(resolve())
		}
	}
	l.checkIncident(first.Incident(), 2)
	l.checkIncident(bob.Incident(), 2)
	if n := len(l.c.IncidentRecords()); n != 2 {
		l.Errorf("%d incidents, want 2", n)
	}
	l.checkMails()
}

// whole checks that the server that died at the commit of an operation has either
// nothing of it or all.
func (l *life) whole(operation, plan string) {
	l.Helper()
	n := 0
	for _, i := range l.c.IncidentRecords() {
		if strings.Contains(*i.Arn, "/"+plan+"/") {
			n++
		}
	}
	for when, want := range map[string]int{"before": 0, "after": 1} {
		if strings.HasPrefix(l.point, when+" commit of "+operation) && n != want {
			l.Errorf("%d incidents were there after the server died %s, want %d", n, l.point, want)
		}
	}
}

func (l *life) accept(m tocsintest.Mail) {
	l.Helper()
	page, code := m.Page(), m.Code()
	accept := func() error {
		_, err := l.c.Contacts.AcceptPage(ctx, &ssmcontacts.AcceptPageInput{PageId: &page, AcceptType: sctypes.AcceptTypeRead, AcceptCode: &code})
		return err
	}
	if l.call(accept) {
		l.must(accept())
	}
}

// checkMails checks that each page came, none as two, and that Bob's second channel
// was left alone: its minute was over when Ann's second was paged.
func (l *life) checkMails() {
	l.Helper()
	copies, keys := map[string]int{}, map[string]string{}
	for _, m := range l.box.Mails() {
		if m.Kind() != "page" {
			continue
		}
		copies[m.To[0]]++
		key := m.Page() + " " + m.Header.Get("Message-Id") + " " + m.Code()
		if k := keys[m.To[0]]; k != "" && k != key {
			l.Errorf("the page to %s came as %s and as %s", m.To[0], k, key)
		}
		keys[m.To[0]] = key
		if m.To[0] == "bob-2@example.org" {
			l.Errorf("Bob was paged %v after he had answered", m.Time.Sub(l.answered))
		}
	}
	for to, n := range copies {
		if n > 2 || n > 1 && !l.died {
			l.Errorf("the page to %s came %d times", to, n)
		}
	}
}

// checkIncident checks that an incident is resolved, each of its pages has one chain
// of receipts, and its timeline tells of each thing once and in order.
func (l *life) checkIncident(arn string, pages int) {
	l.Helper()
	rec, err := l.c.Incidents.GetIncidentRecord(ctx, &ssmincidents.GetIncidentRecordInput{Arn: &arn})
	l.must(err)
	if rec.IncidentRecord.Status != sitypes.IncidentRecordStatusResolved {
		l.Errorf("%s is %s", arn, rec.IncidentRecord.Status)
	}
	all := l.c.Pages(arn)
	if len(all) != pages {
		l.Errorf("%s has %d pages, want %d", arn, len(all), pages)
	}
	read := 0
	for _, p := range all {
		out, err := l.c.Contacts.ListPageReceipts(ctx, &ssmcontacts.ListPageReceiptsInput{PageId: p.PageArn})
		l.must(err)
		chain := map[sctypes.ReceiptType]int{}
		for _, r := range out.Receipts {
			chain[r.ReceiptType]++
		}
		want := map[sctypes.ReceiptType]int{sctypes.ReceiptTypeSent: 1}
		if p.ReadTime != nil {
			read++
			want[sctypes.ReceiptTypeDelivered], want[sctypes.ReceiptTypeRead] = 1, 1
		}
		if tries := chain[sctypes.ReceiptTypeError]; strings.HasSuffix(*p.ContactArn, "/carl") && (tries == 1 || !l.died) {
			want[sctypes.ReceiptTypeError] = 1 // a server that died may not have noted that the page was refused
		}
		if diff := cmp.Diff(want, chain); diff != "" {
			l.Errorf("receipts of %s (-want +got):\n%s", *p.PageArn, diff)
		}
	}
	if read != 1 {
		l.Errorf("%d pages of %s are acknowledged, want 1", read, arn)
	}
	l.checkTimeline(arn, pages)
}

func (l *life) checkTimeline(arn string, pages int) {
	l.Helper()
	out, err := l.c.Incidents.ListTimelineEvents(ctx, &ssmincidents.ListTimelineEventsInput{IncidentRecordArn: &arn, SortOrder: sitypes.SortOrderAscending})
	l.must(err)
	order := []string{"SSM Incident Trigger", "SSM Incident Start", "SSM Contacts Page for Incident",
		"SSM Contacts Page Acknowledgement for Incident", "SSM Incident Record Update"}
	got := map[string]int{}
	first := map[string]time.Time{}
	last := map[string]time.Time{}
	for _, e := range out.EventSummaries {
		if got[*e.EventType]++; got[*e.EventType] == 1 {
			first[*e.EventType] = *e.EventTime
		}
		last[*e.EventType] = *e.EventTime
	}
	want := map[string]int{order[0]: 1, order[1]: 1, order[2]: pages, order[3]: 1, order[4]: 1}
	if l.died && got[order[0]] == 2 { // the event was put again after an answer that was lost
		want[order[0]] = 2
	}
	if diff := cmp.Diff(want, got); diff != "" {
		l.Errorf("timeline of %s (-want +got):\n%s", arn, diff)
	}
	for i := range order[1:] {
		before, after := order[i], order[i+1]
		t := last[before]
		if i == 0 {
			t = first[before]
		}
		if first[after].Before(t) {
			l.Errorf("%s: %s at %v, but %s at %v", arn, before, t, after, first[after])
		}
	}
}
