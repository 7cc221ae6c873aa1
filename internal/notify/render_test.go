package notify

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

var updateGolden = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *updateGolden {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (-want +got); go test -update writes it anew:\n%s", file, d)
	}
}

// TestRender holds what people read against testdata.
func TestRender(t *testing.T) {
	for name, change := range map[string]func(*scene, *Service){
		"page": func(*scene, *Service) {},
		"late": func(s *scene, _ *Service) { s.page.Late = 125 * time.Minute },
		"bare": func(s *scene, svc *Service) {
			svc.URL, s.page.Incident, s.engagement.Incident, s.engagement.Content = "", "", "", ""
		},
		"sms": func(s *scene, _ *Service) { s.page.Type, s.channel.Type = tocsin.SMS, tocsin.SMS },
	} {
		t.Run(name, func(t *testing.T) {
			db := dbtest.SQLite(t)
			svc := service(db, nil)
			sc := newScene(tocsin.Email)
			change(sc, svc)
			sc.write(t, db)
			var m Message
			if err := db.View(t.Context(), dbtest.Who, func(tx *store.Tx) error {
				p, err := tx.Page(sc.page.ARN())
				if err != nil {
					return err
				}
				var stop unwanted
				if m, stop, err = svc.pageMessage(tx, p); stop != "" {
					t.Errorf("stopped: %s", stop)
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
			golden(t, name+".txt", "Subject: "+m.Subject+"\n\n"+m.Text)
			if m.HTML != "" {
				golden(t, name+".html", m.HTML)
			}
		})
	}
	t.Run("activation", func(t *testing.T) {
		svc := service(nil, nil)
		ch := newScene(tocsin.Email).channel
		ch.Code = "271828"
		m := svc.activationMessage(ch, Activate{Serial: "s1"})
		golden(t, "activation.txt", "Subject: "+m.Subject+"\n\n"+m.Text)
		golden(t, "activation.html", m.HTML)
		if m.Key != channelID+"-s1-0" || m.Thread != string(ch.ARN()) {
			t.Errorf("key %q, thread %q", m.Key, m.Thread)
		}
	})
}

// An SMS page is one line of at most two segments, ends with the code, and
// holds nothing of what only e-mail may say.
func TestSMSText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-zé🔥 \n]{0,400}`))
		e := &tocsin.Engagement{Subject: "SECRET", Content: "SECRET", PublicSubject: text.Draw(t, "subject"), PublicContent: text.Draw(t, "content")}
		p := &store.PageRow{Code: "314159", Page: &tocsin.Page{Late: time.Duration(rapid.Int64Range(0, int64(100*time.Hour)).Draw(t, "late"))}}
		waited := time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "waited"))
		now := p.Created.Add(waited)
		got := smsText(e, p, now)
		if n := segments(got); n > 2 {
			t.Errorf("%d segments: %q", n, got)
		}
		if !strings.HasSuffix(got, " Acknowledge with code 314159.") {
			t.Errorf("no code at the end: %q", got)
		}
		if strings.ContainsAny(got, "\r\n") || strings.Contains(got, "SECRET") {
			t.Errorf("text %q", got)
		}
		if late := strings.HasPrefix(got, "(late by "); late != (p.Late+waited >= time.Minute) {
			t.Errorf("late by %v: %q", p.Late, got)
		}
	})
}

// Nothing an event says becomes markup, or is lost.
func TestMailEscapes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := view{Title: rapid.String().Draw(t, "title"), Body: "<script>alert(1)</script>\n" + rapid.String().Draw(t, "body"), Code: "314159", HasCode: true,
			Link: "javascript:alert(1)"}
		text, html, err := renderMail(v, "<b>footer")
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(html, "<script") || strings.Contains(html, "<b>") || strings.Contains(html, `href="javascript:`) {
			t.Errorf("markup came through:\n%s", html)
		}
		if !strings.Contains(text, v.Title) || !strings.Contains(text, "Code: 314159") || !strings.Contains(html, "314159") {
			t.Errorf("something is missing:\n%s", text)
		}
	})
}

// segments counts an SMS's parts as carriers do: 160 characters of the GSM alphabet or
// 70 units of UTF-16 alone, and 153 or 67 where there are several.
func segments(s string) int {
	units, whole, part := len(utf16.Encode([]rune(s))), 70, 67
	if strings.IndexFunc(s, func(r rune) bool { return !strings.ContainsRune(gsmOne+gsmTwo, r) }) < 0 {
		units, whole, part = 0, 160, 153
		for _, r := range s {
			units++
			if strings.ContainsRune(gsmTwo, r) {
				units++
			}
		}
	}
	if units <= whole {
		return 1
	}
	return (units + part - 1) / part
}

func TestFitSMS(t *testing.T) {
	const tail = " code 1."
	for _, c := range []struct {
		name, text string
		runes      int // kept of the text
	}{
		{"short", "Fire", 4},
		{"the plain alphabet", strings.Repeat("a", 400), 298},
		{"accents of the alphabet", strings.Repeat("é", 400), 298},
		{"brackets count twice", strings.Repeat("[", 400), 149},
		{"other letters", strings.Repeat("字", 400), 126},
		{"an emoji counts twice", strings.Repeat("🔥", 400), 63},
		{"other letters that do not fit anyway", strings.Repeat("a", 400) + "字", 298},
		{"one other letter among many", "字" + strings.Repeat("a", 400), 126},
		{"quotation marks and dashes are plain", strings.Repeat("“–”’", 100), 298},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := fitSMS(c.text, tail)
			if n := utf8.RuneCountInString(got) - len(tail); n != c.runes || !strings.HasSuffix(got, tail) || segments(got) > 2 {
				t.Errorf("%d characters, want %d, in %d segments", n, c.runes, segments(got))
			}
		})
	}
}

func TestSpan(t *testing.T) {
	for d, want := range map[time.Duration]string{
		time.Minute: "1 min", 89 * time.Second: "1 min", 59*time.Minute + 31*time.Second: "1 h", 125 * time.Minute: "2 h 5 min", 50 * time.Hour: "50 h",
	} {
		if got := span(d); got != want {
			t.Errorf("span(%v) = %q, want %q", d, got, want)
		}
	}
}

// How late a page is counts until it goes out, and it says why.
func TestLateText(t *testing.T) {
	at := time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		late, waited time.Duration
		attempts     int
		want         string
	}{
		{0, 59 * time.Second, 0, ""},
		{0, 2 * time.Hour, 0, "This page is late by 2 h: it could not be sent earlier."},
		{0, 5 * time.Minute, 3, "This page is late by 5 min: earlier tries to send it failed."},
		{time.Hour, 0, 0, "This page is late by 1 h: the server was not running when it was due."},
		{time.Hour, 5 * time.Minute, 3, "This page is late by 1 h 5 min: the server was not running when it was due."},
		{40 * time.Second, 30 * time.Second, 0, "This page is late by 1 min: it could not be sent earlier."},
	} {
		p := &store.PageRow{Page: &tocsin.Page{Created: at, Late: c.late, Attempts: c.attempts}}
		if got := lateText(p, at.Add(c.waited)); got != c.want {
			t.Errorf("late %v, waited %v, %d tries: %q, want %q", c.late, c.waited, c.attempts, got, c.want)
		}
	}
}
