// Package notifytest holds the rules every channel must keep, as one suite of
// tests: a channel's own test calls Run with a fake of its provider. A failure
// names the rule that was broken.
package notifytest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/notify"
)

// Mood is how a fake provider treats what it is given from now on.
type Mood int

// The moods.
const (
	Take           Mood = iota // take every message
	RefuseForGood              // answer that this message will never be taken
	RefuseForNow               // answer that it may be taken later
	Hang                       // accept what comes and answer nothing
	HangUp                     // end the connection where it should say whether it takes the message
	UnknownSecrets             // refuse the sender's credentials
)

// Took is one message a fake has taken, as its recipient would have it.
type Took struct {
	Key  string   // what the provider tells repeats by: the same for the same Message.Key
	To   []string // every address it would go to
	Text string   // all the person can read, decoded: subject and text
}

// Fake is the outside world of one channel: a real listener that speaks the
// provider's protocol. Refusing, it repeats in its answer every secret it was
// given and the message's text, as providers do.
type Fake interface {
	Settings() notify.Settings // to reach it
	Address() string           // a contact's address that it takes
	Secrets() []string         // what must be in no error text
	Be(Mood)
	Took() []Took // in the order of arrival
}

// Run tests channel against the fakes that fresh makes, one a test; fresh
// registers their end with t.Cleanup.
func Run(t *testing.T, channel notify.Channel, fresh func(t *testing.T) Fake) {
	t.Helper()
	for _, rule := range []struct {
		name string
		test func(*testing.T, notify.Channel, Fake)
	}{
		{"DescribesItself", describes},
		{"RefusesWrongSettings", settings},
		{"OpensWhileTheProviderIsDown", opensDown},
		{"DeliversTextAndCode", delivers},
		{"TellsPermanentFromPassing", permanence},
		{"RecoversOnTheSameSender", recovers},
		{"EndsWithItsContext", endsWithContext},
		{"SendsNothingAfterItsContext", afterContext},
		{"TellsNoSecretInErrors", secrets},
		{"TakesLongAndForeignText", longText},
		{"KeepsToOneRecipient", injection},
		{"KeepsTheKey", keys},
		{"SendsConcurrently", concurrent},
		{"ClosesTwice", closes},
	} {
		t.Run(rule.name, func(t *testing.T) { rule.test(t, channel, fresh(t)) })
	}
}

// Page is a page to an address, with everything set that a page has.
func Page(to, code, key string) notify.Message {
	const acct = "111122223333"
	incident := tocsin.IncidentARN(acct, "night", "1b2c0d6e-0000-4000-8000-000000000001")
	return notify.Message{
		Message: tocsin.Message{
			ID: "p1", Kind: tocsin.KindPage, To: to, Incident: incident, Code: code,
			Channel: tocsin.ChannelARN("us-east-1", acct, "ann", "c1"), Page: tocsin.PageARN("us-east-1", acct, "ann", "p1"),
			Subject: "Root sign-in without MFA", Text: "Somebody signed in as root.\nCode: " + code + "\n",
			Time: time.Date(2026, 11, 9, 8, 30, 0, 0, time.UTC),
		},
		Key: key, Thread: string(incident), HTML: "<!doctype html><p>Somebody signed in as root.</p><p>" + code + "</p>",
	}
}

func opened(t *testing.T, c notify.Channel, f Fake) notify.Sender {
	t.Helper()
	s, err := c.Open(f.Settings())
	if err != nil {
		t.Fatalf("Open with the fake's settings: %v", err)
	}
	t.Cleanup(func() {
		if c, ok := s.(io.Closer); ok {
			c.Close()
		}
	})
	return s
}

// patient is long enough for any answer of a fake, and shorter than the test's patience.
func patient(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// soon is less than what a channel may wait for a provider, and more than a busy machine
// takes over something that waits for nobody.
const soon = 10 * time.Second

func describes(t *testing.T, c notify.Channel, _ Fake) {
	if c.Name == "" || c.Name != strings.ToLower(c.Name) || strings.ContainsAny(c.Name, " /") {
		t.Errorf("Name is %q: it must be one lower-case word", c.Name)
	}
	if !slices.Contains([]tocsin.ChannelType{tocsin.SMS, tocsin.Voice, tocsin.Email}, c.Type) {
		t.Errorf("Type is %q: it must be a type of contact channel", c.Type)
	}
	if c.Can == 0 {
		t.Error("Can is empty: a channel must be good for something")
	}
	seen := map[string]bool{}
	for _, f := range c.Fields {
		if f.Name == "" || seen[f.Name] {
			t.Errorf("field %q: names must be there, once each", f.Name)
		}
		seen[f.Name] = true
		if !slices.Contains([]notify.Kind{notify.Text, notify.Secret, notify.URL, notify.Number}, f.Kind) {
			t.Errorf("field %s has the unknown kind %q", f.Name, f.Kind)
		}
		if f.Required && f.Hint == "" {
			t.Errorf("field %s is required and has no hint: people must be told what it looks like", f.Name)
		}
	}
}

func settings(t *testing.T, c notify.Channel, f Fake) {
	for _, field := range c.Fields {
		if !field.Required {
			continue
		}
		s := f.Settings()
		delete(s, field.Name)
		if _, err := c.Open(s); err == nil {
			t.Errorf("Open without %s succeeds: a required field must be asked for", field.Name)
		} else if !strings.Contains(err.Error(), field.Name) {
			t.Errorf("Open without %s says %q: the error must name the field", field.Name, err)
		}
	}
	s := f.Settings()
	s["no-such-setting"] = "x"
	if _, err := c.Open(s); err == nil {
		t.Error("Open takes a setting it does not know: a slip of the pen would go unnoticed")
	}
}

func opensDown(t *testing.T, c notify.Channel, f Fake) {
	f.Be(Hang)
	start := time.Now()
	opened(t, c, f)
	if d := time.Since(start); d > soon {
		t.Errorf("Open took %v while the provider hangs: it must not connect", d)
	}
}

func delivers(t *testing.T, c notify.Channel, f Fake) {
	r, err := opened(t, c, f).Send(patient(t), Page(f.Address(), "314159", "k1"))
	if err != nil {
		t.Fatalf("Send: %v", err)
	}
	if r.ID == "" || len(r.ID) > 2048 {
		t.Errorf("Receipt.ID is %q: it must be the provider's id, at most 2048 bytes", r.ID)
	}
	took := f.Took()
	if len(took) != 1 {
		t.Fatalf("the provider took %d messages, want 1", len(took))
	}
	if !strings.Contains(took[0].Text, "314159") {
		t.Errorf("the code is not in what the person reads:\n%s", took[0].Text)
	}
	if !strings.Contains(took[0].Text, "signed in as root") {
		t.Errorf("the text is not in what the person reads:\n%s", took[0].Text)
	}
	if !slices.Equal(took[0].To, []string{f.Address()}) {
		t.Errorf("it goes to %q, want only %q", took[0].To, f.Address())
	}
}

func permanence(t *testing.T, c notify.Channel, f Fake) {
	s := opened(t, c, f)
	for _, tt := range []struct {
		mood      Mood
		name      string
		permanent bool
	}{
		{RefuseForGood, "a refusal for good", true},
		{RefuseForNow, "a refusal for now", false},
		{HangUp, "a lost connection", false},
	} {
		f.Be(tt.mood)
		_, err := s.Send(patient(t), Page(f.Address(), "314159", "k-"+tt.name))
		if err == nil {
			t.Errorf("Send succeeds on %s", tt.name)
		} else if notify.IsPermanent(err) != tt.permanent {
			t.Errorf("on %s, IsPermanent is %t, want %t: %v", tt.name, !tt.permanent, tt.permanent, err)
		}
	}
	f.Be(UnknownSecrets)
	fresh := opened(t, c, f) // one that has not signed in yet
	if _, err := fresh.Send(patient(t), Page(f.Address(), "314159", "k4")); err == nil {
		t.Error("Send succeeds with refused credentials")
	} else if notify.IsPermanent(err) {
		t.Errorf("refused credentials are permanent: the operator may mend them: %v", err)
	}
	if took := f.Took(); len(took) != 0 {
		t.Errorf("the provider took %d messages while it refused them", len(took))
	}
}

func recovers(t *testing.T, c notify.Channel, f Fake) {
	s := opened(t, c, f)
	for i, mood := range []Mood{Take, HangUp, Take, RefuseForNow, Take, RefuseForGood, Take} {
		f.Be(mood)
		_, err := s.Send(patient(t), Page(f.Address(), "314159", fmt.Sprint("k", i)))
		if mood == Take && err != nil {
			t.Errorf("message %d fails after the provider has recovered: %v", i, err)
		}
	}
	if n := len(f.Took()); n != 4 {
		t.Errorf("the provider took %d messages, want 4", n)
	}
}

func endsWithContext(t *testing.T, c notify.Channel, f Fake) {
	s := opened(t, c, f)
	if _, err := s.Send(patient(t), Page(f.Address(), "314159", "k1")); err != nil { // a connection may be kept now
		t.Fatalf("Send: %v", err)
	}
	f.Be(Hang)
	for _, s := range []notify.Sender{s, opened(t, c, f)} {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		start := time.Now()
		_, err := s.Send(ctx, Page(f.Address(), "314159", "k2"))
		cancel()
		switch d := time.Since(start); {
		case d > soon:
			t.Errorf("Send ended %v after its context", d)
		case err == nil:
			t.Error("Send succeeds while the provider hangs")
		case !errors.Is(err, context.DeadlineExceeded):
			t.Errorf("the error is not the context's: %v", err)
		case notify.IsPermanent(err):
			t.Errorf("a provider that hangs is permanent: %v", err)
		}
	}
}

func afterContext(t *testing.T, c notify.Channel, f Fake) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := opened(t, c, f).Send(ctx, Page(f.Address(), "314159", "k1")); !errors.Is(err, context.Canceled) {
		t.Errorf("Send with an ended context gives %v, want the context's error", err)
	}
	if n := len(f.Took()); n != 0 {
		t.Errorf("%d messages were sent with an ended context", n)
	}
}

func secrets(t *testing.T, c notify.Channel, f Fake) {
	const code = "271828"
	hidden := append(f.Secrets(), code)
	for _, field := range c.Fields {
		if field.Kind == notify.Secret || field.Kind == notify.URL {
			hidden = append(hidden, f.Settings()[field.Name])
		}
	}
	check := func(what string, err error) {
		t.Helper()
		for e := err; e != nil; e = errors.Unwrap(e) {
			for _, h := range hidden {
				if h != "" && strings.Contains(e.Error(), h) {
					t.Errorf("%s: the error holds the secret %q: %v", what, h, e)
				}
			}
		}
	}
	for _, mood := range []Mood{RefuseForGood, RefuseForNow, HangUp, UnknownSecrets, Hang} {
		f.Be(mood)
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		_, err := opened(t, c, f).Send(ctx, Page(f.Address(), code, "k1"))
		cancel()
		if err == nil {
			t.Errorf("Send succeeds in mood %d", mood)
		}
		check(fmt.Sprintf("mood %d", mood), err)
	}
	for _, field := range c.Fields { // a broken setting must not be repeated either
		s := f.Settings()
		for _, broken := range []string{s[field.Name] + "\x7f", "%%" + s[field.Name], strings.Replace(s[field.Name], "@", "/@", 1)} {
			s[field.Name] = broken
			if _, err := c.Open(s); err != nil {
				check("Open with a broken "+field.Name, err)
			}
		}
	}
}

func longText(t *testing.T, c notify.Channel, f Fake) {
	s := opened(t, c, f)
	for name, part := range map[string]string{"ASCII": "abcdefghi ", "one word": "abcdefghij", "Greek": "Ἀθῆναι ", "emoji": "🔥🚨", "invalid": "ab\xff\xfe ", "lines": ".\r\n.\n\n"} {
		text := strings.Repeat(part, 8000/len(part))
		m := Page(f.Address(), "314159", "k-"+name)
		m.Subject = strings.Repeat(part, 2000/len(part))
		m.Text, m.HTML = "Code: 314159\n"+text, "<p>314159</p><p>"+text+"</p>"
		before := len(f.Took())
		if _, err := s.Send(patient(t), m); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got := f.Took()[before].Text
		if !utf8.ValidString(got) {
			t.Errorf("%s: what the person reads is not UTF-8: it was cut inside a character", name)
		}
		if !strings.Contains(got, "314159") {
			t.Errorf("%s: the code was cut off", name)
		}
		if word := strings.TrimSpace(strings.ToValidUTF8(part, "\uFFFD")); name != "lines" && !strings.Contains(got, word) {
			t.Errorf("%s: %q is not in what the person reads", name, word)
		}
	}
}

func injection(t *testing.T, c notify.Channel, f Fake) {
	s := opened(t, c, f)
	for _, evil := range []string{"a\r\nBcc: eve@example.net", "a\nTo: eve@example.net\n\nbody", "a\r\n.\r\nMAIL FROM:<eve@example.net>", "&to=eve@example.net", "\x00\x1b[31m"} {
		m := Page(f.Address(), "314159", "k"+evil)
		m.Subject, m.Page, m.Incident, m.Thread = evil, tocsin.ARN(evil), tocsin.ARN(evil), evil
		m.Text = evil + "\r\n.\r\n" + m.Text
		before := len(f.Took())
		if _, err := s.Send(patient(t), m); err != nil {
			t.Errorf("%q: %v", evil, err)
			continue
		}
		got := f.Took()[before:]
		if len(got) != 1 {
			t.Errorf("%q: became %d messages", evil, len(got))
			continue
		}
		if !slices.Equal(got[0].To, []string{f.Address()}) {
			t.Errorf("%q: it goes to %q, want only %q", evil, got[0].To, f.Address())
		}
	}
	m := Page(f.Address()+"\r\nBcc: eve@example.net", "314159", "k")
	before := len(f.Took())
	if _, err := s.Send(patient(t), m); err == nil {
		for _, got := range f.Took()[before:] {
			if len(got.To) != 1 || strings.Contains(got.To[0], "eve") {
				t.Errorf("an address with a line break reaches %q", got.To)
			}
		}
	}
}

func keys(t *testing.T, c notify.Channel, f Fake) {
	for _, key := range []string{"a-0", "a-0", "a-1"} { // a crash between them: a new sender each
		if _, err := opened(t, c, f).Send(patient(t), Page(f.Address(), "314159", key)); err != nil {
			t.Fatalf("Send: %v", err)
		}
	}
	got := f.Took()
	if len(got) != 3 {
		t.Fatalf("the provider took %d messages, want 3", len(got))
	}
	if got[0].Key == "" || got[0].Key != got[1].Key {
		t.Errorf("a repeat has the key %q, the first had %q: the provider cannot tell that it is one", got[1].Key, got[0].Key)
	}
	if got[2].Key == got[0].Key {
		t.Errorf("another try has the same key %q: the provider would drop it", got[2].Key)
	}
}

func concurrent(t *testing.T, c notify.Channel, f Fake) {
	const n = 60
	s := opened(t, c, f)
	ctx := patient(t)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			if _, err := s.Send(ctx, Page(f.Address(), fmt.Sprint(100000+i), fmt.Sprint("k", i))); err != nil {
				t.Errorf("message %d: %v", i, err)
			}
		})
	}
	all.Wait()
	codes := map[string]int{}
	for _, got := range f.Took() {
		for i := range n {
			if code := fmt.Sprint(100000 + i); strings.Contains(got.Text, code) {
				codes[code]++
			}
		}
	}
	for i := range n {
		if code := fmt.Sprint(100000 + i); codes[code] != 1 {
			t.Errorf("message %d arrived %d times", i, codes[code])
		}
	}
}

func closes(t *testing.T, c notify.Channel, f Fake) {
	s := opened(t, c, f)
	if _, err := s.Send(patient(t), Page(f.Address(), "314159", "k1")); err != nil {
		t.Fatalf("Send: %v", err)
	}
	closer, ok := s.(io.Closer)
	if !ok {
		t.Skip("the sender keeps nothing open")
	}
	f.Be(Hang)
	start := time.Now()
	for range 2 {
		if err := closer.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	if d := time.Since(start); d > soon {
		t.Errorf("Close took %v while the provider hangs: it would hold up the server's end", d)
	}
}
