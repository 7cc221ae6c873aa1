package tocsintest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ssmcontacts"
	sctypes "github.com/aws/aws-sdk-go-v2/service/ssmcontacts/types"
	"github.com/aws/aws-sdk-go-v2/service/ssmincidents"
	sitypes "github.com/aws/aws-sdk-go-v2/service/ssmincidents/types"

	"github.com/tocsin-io/tocsin/internal/client"
	"github.com/tocsin-io/tocsin/internal/server"
	"github.com/tocsin-io/tocsin/internal/tocsintest"
)

// paper keeps what several goroutines write.
type paper struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (p *paper) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.b.Write(b)
}

func (p *paper) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.b.String()
}

// names tells whether a text holds a code as a word of its own, not as a part of a
// number or an id.
func names(text, code string) bool {
	return regexp.MustCompile(`(^|[^0-9A-Za-z.-])` + code + `($|[^0-9A-Za-z-])`).MatchString(text)
}

// values are the numbers at the lines' ends of what /metrics answers.
var values = regexp.MustCompile(`(?m) [0-9.e+-]+$`)

// watched is a whole server inside the test: its log at the finest level, and all that
// it answers.
type watched struct {
	*testing.T
	box          *tocsintest.Postbox
	log, answers *paper
	c            *tocsintest.Clients
	own          *client.Client
}

func watch(t *testing.T) *watched {
	w := &watched{T: t, box: tocsintest.NewPostbox(t), log: &paper{}, answers: &paper{}}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	log := slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug - 100}))
	go func() {
		ended <- server.Run(ctx, server.Options{Data: server.Data{Dir: t.TempDir()}, Listener: l, URL: "http://" + l.Addr().String(), SMTPURL: w.box.URL(),
			Account: tocsintest.Account, Region: tocsintest.Region, AccessKeyID: tocsintest.Key, SecretAccessKey: tocsintest.Secret, Log: log, Out: io.Discard, Version: "test"})
	}()
	proxy := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "http", Host: l.Addr().String()})
			r.Out.Host = r.In.Host // it is signed
		},
		ModifyResponse: func(r *http.Response) error {
			b, err := io.ReadAll(r.Body)
			r.Body = io.NopCloser(bytes.NewReader(b))
			if r.Request.URL.Path == "/metrics" {
				_, _ = w.answers.Write(values.ReplaceAll(b, nil)) // to memory; a number of six digits is no code
			} else {
				_, _ = w.answers.Write(append(b, '\n'))
			}
			return err
		},
	})
	t.Cleanup(func() {
		proxy.Close()
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the server ended with %v", err)
		}
	})
	w.c = tocsintest.NewClients(t, proxy.URL)
	w.own = client.New(proxy.URL, tocsintest.Region, tocsintest.Key, tocsintest.Secret)
	for status, began := 0, time.Now(); status != http.StatusOK; status = w.get(proxy.URL + "/readyz") {
		if time.Since(began) > 2*time.Minute {
			t.Fatalf("the server is not ready:\n%s", w.log)
		}
		time.Sleep(5 * time.Millisecond)
	}
	w.get(proxy.URL + "/metrics")
	return w
}

func (w *watched) get(url string) int {
	w.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		w.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0
	}
	res.Body.Close()
	return res.StatusCode
}

func (w *watched) accept(page, code string) error {
	_, err := w.c.Contacts.AcceptPage(ctx, &ssmcontacts.AcceptPageInput{PageId: &page, AcceptCode: &code, AcceptType: sctypes.AcceptTypeRead})
	return err
}

// refused checks that a code is refused as AWS does, naming the field.
func (w *watched) refused(err error, want string) {
	w.Helper()
	var invalid *sctypes.ValidationException
	if !errors.As(err, &invalid) {
		w.Fatalf("a wrong code is answered by %v", err)
	}
	if len(invalid.Fields) != 1 || *invalid.Fields[0].Name != "AcceptCode" || !strings.Contains(*invalid.Message, want) {
		w.Errorf("a wrong code is answered by %q of %d fields, want %q", *invalid.Message, len(invalid.Fields), want)
	}
}

// askAll asks every operation of AWS's that tells of an incident, its engagements and
// its pages, and those of our own but the outbox.
func (w *watched) askAll(incident, contact, channel string) {
	w.Helper()
	must := func(err error) {
		w.Helper()
		if err != nil {
			w.Fatal(err)
		}
	}
	engs, err := w.c.Contacts.ListEngagements(ctx, &ssmcontacts.ListEngagementsInput{IncidentId: &incident})
	must(err)
	for _, e := range engs.Engagements {
		_, err := w.c.Contacts.DescribeEngagement(ctx, &ssmcontacts.DescribeEngagementInput{EngagementId: e.EngagementArn})
		must(err)
	}
	for _, p := range w.c.Pages(incident) {
		_, err := w.c.Contacts.DescribePage(ctx, &ssmcontacts.DescribePageInput{PageId: p.PageArn})
		must(err)
		_, err = w.c.Contacts.ListPageReceipts(ctx, &ssmcontacts.ListPageReceiptsInput{PageId: p.PageArn})
		must(err)
		_, err = w.c.Contacts.ListPageResolutions(ctx, &ssmcontacts.ListPageResolutionsInput{PageId: p.PageArn})
		must(err)
	}
	_, err = w.c.Contacts.ListPagesByContact(ctx, &ssmcontacts.ListPagesByContactInput{ContactId: &contact})
	must(err)
	_, err = w.c.Contacts.GetContact(ctx, &ssmcontacts.GetContactInput{ContactId: &contact})
	must(err)
	_, err = w.c.Contacts.GetContactChannel(ctx, &ssmcontacts.GetContactChannelInput{ContactChannelId: &channel})
	must(err)
	_, err = w.c.Contacts.ListContactChannels(ctx, &ssmcontacts.ListContactChannelsInput{ContactId: &contact})
	must(err)
	_, err = w.c.Incidents.GetIncidentRecord(ctx, &ssmincidents.GetIncidentRecordInput{Arn: &incident})
	must(err)
	w.timeline(incident)
	for _, op := range []string{"ListAudit", "ListPending", "ListDeadLetters", "ListKeys", "ListPeople", "Doctor"} {
		must(w.own.JSON(ctx, "tocsin", "Tocsin."+op, struct{}{}, &json.RawMessage{}))
	}
}

// timeline gives the data of all events of an incident.
func (w *watched) timeline(incident string) (text string) {
	w.Helper()
	events, err := w.c.Incidents.ListTimelineEvents(ctx, &ssmincidents.ListTimelineEventsInput{IncidentRecordArn: &incident})
	if err != nil {
		w.Fatal(err)
	}
	for _, e := range events.EventSummaries {
		one, err := w.c.Incidents.GetTimelineEvent(ctx, &ssmincidents.GetTimelineEventInput{EventId: e.EventId, IncidentRecordArn: &incident})
		if err != nil {
			w.Fatal(err)
		}
		text += *one.Event.EventType + " " + *one.Event.EventData + "\n"
	}
	return text
}

// Codes are told to the person they were made for and to nobody else: not by the log
// at its finest, not by any answer, before and after they are used; five wrong ones lock
// a page, and a code ends with its engagement.
func TestCodesAreToldToNobodyElse(t *testing.T) {
	w := watch(t)
	w.c.ReplicationSet()
	contact, channel := w.c.Person("ann", w.box)
	secrets := []string{w.box.WaitKind(t, "activation", "ann@example.org").Code()}
	plan := w.c.Plan("sec", contact)
	start := func() tocsintest.Mail {
		out, err := w.c.Incidents.StartIncident(ctx, &ssmincidents.StartIncidentInput{ResponsePlanArn: &plan})
		if err != nil {
			t.Fatal(err)
		}
		m := w.box.Wait(t, "the page", time.Minute, func(m tocsintest.Mail) bool { return m.Incident() == *out.IncidentRecordArn })
		secrets = append(secrets, m.Code())
		return m
	}
	wrong := func(m tocsintest.Mail) string { // never the right one
		code := strings.Map(func(r rune) rune { return '0' + (r-'0'+5)%10 }, m.Code())
		secrets = append(secrets, code)
		return code
	}
	locked, answered, over := start(), start(), start()
	for range 4 {
		w.refused(w.accept(locked.Page(), wrong(locked)), "is not the code of the page")
	}
	w.refused(w.accept(locked.Page(), wrong(locked)), "no longer takes codes")
	w.refused(w.accept(locked.Page(), locked.Code()), "no longer takes codes")
	if text := w.timeline(locked.Incident()); !strings.Contains(text, "code entry is locked") {
		t.Errorf("the timeline does not tell of the lock:\n%s", text)
	}
	overIncident := over.Incident()
	if _, err := w.c.Incidents.UpdateIncidentRecord(ctx, &ssmincidents.UpdateIncidentRecordInput{Arn: &overIncident, Status: sitypes.IncidentRecordStatusResolved}); err != nil {
		t.Fatal(err)
	}
	w.refused(w.accept(over.Page(), over.Code()), "have expired")
	for _, m := range []tocsintest.Mail{locked, answered, over} {
		w.askAll(m.Incident(), contact, channel)
	}
	if !strings.Contains(w.answers.String(), `"`+locked.Page()+`"`) || w.log.String() == "" {
		t.Fatal("the answers, or the log, cannot be read: the test proves nothing")
	}
	for _, code := range secrets {
		if names(w.answers.String(), code) {
			t.Errorf("an answer holds the code %s:\n%s", code, w.answers)
		}
	}
	if err := w.accept(answered.Page(), answered.Code()); err != nil { // from here on its receipts hold the code, as in AWS
		t.Error(err)
	}
	for _, code := range secrets {
		if names(w.log.String(), code) {
			t.Errorf("the log holds the code %s:\n%s", code, w.log)
		}
	}
	if !names("{code: 123456}", "123456") || names("1795000000.123456", "123456") {
		t.Error("the search does not find what it should")
	}
}
