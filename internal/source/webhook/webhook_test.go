package webhook_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/bus"
	"github.com/tocsin-io/tocsin/internal/source"
	"github.com/tocsin-io/tocsin/internal/source/webhook"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

// post is a source with a rule that wants what it brings.
type post struct {
	t   *testing.T
	db  *store.DB
	url string
	in  *source.Intake
}

func open(t *testing.T, db *store.DB, s source.Settings, pattern string) *post {
	t.Helper()
	live, err := webhook.Connector.Open(s)
	if err != nil {
		t.Fatal(err)
	}
	b := bus.New(db, slog.New(slog.DiscardHandler))
	if err := b.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	err = db.Update(t.Context(), dbtest.Who, func(tx *store.Tx) error {
		if _, err := tx.InsertResponsePlan(&tocsin.ResponsePlan{Account: dbtest.Account, Name: "p", Template: tocsin.Template{Title: "T", Impact: 2}, Created: tx.Now()}); err != nil {
			return err
		}
		if err := b.PutRule(tx, &tocsin.Rule{Bus: "default", Name: "r", Pattern: pattern, State: tocsin.RuleEnabled}, nil); err != nil {
			return err
		}
		return b.PutTargets(tx, "default", "r", []tocsin.Target{{ID: "1", ARN: tocsin.ResponsePlanARN(dbtest.Account, "p"), Rest: json.RawMessage(`{}`)}})
	})
	if err != nil {
		t.Fatal(err)
	}
	in := &source.Intake{Name: "w", Kind: "webhook", DB: db, Bus: b, Log: slog.New(slog.DiscardHandler), Who: dbtest.Who}
	srv := httptest.NewServer(live.Door(in))
	t.Cleanup(srv.Close)
	return &post{t: t, db: db, url: srv.URL + "/ingest/w", in: in}
}

func (p *post) send(method, path, body string, header ...string) (int, string) {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), method, p.url+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

func (p *post) incidents() (n int) {
	p.t.Helper()
	err := p.db.View(context.Background(), dbtest.Who, func(tx *store.Tx) (err error) {
		n, err = tx.OpenIncidents()
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return n
}

const secret = "0123456789abcdef"

const finding = `{"version":"0","id":"a","detail-type":"GuardDuty Finding","source":"aws.guardduty","account":"111122223333","time":"2026-11-01T03:04:05Z","region":"us-east-1","resources":[],"detail":{"id":"f","severity":8}}`

func TestPost(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		p := open(t, db, source.Settings{"token": secret}, `{"source":["aws.guardduty"]}`)
		for _, c := range []struct {
			name, method, body string
			header             []string
			status             int
			incidents          int
		}{
			{"no proof", "POST", finding, nil, 401, 0},
			{"a wrong proof", "POST", finding, []string{"Authorization", "Bearer " + secret + "x"}, 401, 0},
			{"a GET", "GET", "", []string{"Authorization", "Bearer " + secret}, 405, 0},
			{"not JSON", "POST", "hello", []string{"Authorization", "Bearer " + secret}, 400, 0},
			{"malformed inside", "POST", `{"source":"aws.guardduty","detail-type":"x","detail":{"a":"\u0000"}}`, []string{"Authorization", "Bearer " + secret}, 200, 0},
			{"an event", "POST", finding, []string{"Authorization", "Bearer " + secret}, 200, 1},
			{"the same again", "POST", finding, []string{"Authorization", secret}, 200, 1},
			{"another", "POST", strings.Replace(finding, `"id":"f"`, `"id":"g"`, 1), []string{"Authorization", secret}, 200, 1}, // the same event id
			{"new", "POST", strings.Replace(strings.Replace(finding, `"id":"f"`, `"id":"g"`, 1), `"id":"a"`, `"id":"b"`, 1), []string{"Authorization", secret}, 200, 2},
			{"nobody wants it", "POST", strings.Replace(finding, "guardduty\"", "other\"", 1), []string{"Authorization", secret}, 200, 2},
			{"too long", "POST", strings.Repeat(" ", 3<<20), []string{"Authorization", secret}, 413, 2},
		} {
			status, text := p.send(c.method, "", c.body, c.header...)
			if status != c.status || p.incidents() != c.incidents {
				t.Errorf("%s: %d %s, %d incidents; want %d and %d", c.name, status, text, p.incidents(), c.status, c.incidents)
			}
		}
		s := p.in.Status()
		if s.Received != 6 || s.Matched != 2 || s.Repeats != 2 || s.Refused != 2 || s.Rate == 0 || s.Lag == 0 || s.Error != "" {
			t.Errorf("%+v", s)
		}
		err := db.View(t.Context(), dbtest.Who, func(tx *store.Tx) error {
			letters, err := tx.DeadLetters(store.Cursor{}, 10)
			if len(letters) != 2 {
				t.Errorf("dead letters %+v", letters)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// What is no event keeps back none that came with it.
func TestPartlyMalformed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		p := open(t, db, source.Settings{"token": secret}, `{"source":["aws.guardduty"]}`)
		status, text := p.send("POST", "", `[{"nonsense":1},`+finding+`]`, "Authorization", secret)
		if status != 400 || !strings.Contains(text, "1 of 2") || !strings.Contains(text, "events that were taken: 1") || p.incidents() != 1 {
			t.Errorf("%d %s, %d incidents", status, text, p.incidents())
		}
		if s := p.in.Status(); s.Matched != 1 || s.Refused != 1 {
			t.Errorf("%+v", s)
		}
	})
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		p := open(t, db, source.Settings{"token": secret, "eventSource": "edr", "detailType": "$.kind", "events": "$.all"}, `{"source":["edr"]}`)
		if status, text := p.send("POST", "", `{"all":[{"kind":7},{"kind":"a"}, {}]}`, "Authorization", secret); status != 400 || p.incidents() != 2 {
			t.Errorf("by a mapping: %d %s, %d incidents", status, text, p.incidents())
		}
	})
}

func TestProofs(t *testing.T) {
	db := dbtest.SQLite(t)
	p := open(t, db, source.Settings{"token": secret, "header": "X-Api-Key"}, `{"source":["x"]}`)
	if status, _ := p.send("POST", "", finding, "Authorization", secret); status != 401 {
		t.Errorf("the wrong header: %d", status)
	}
	if status, _ := p.send("POST", "", finding, "X-Api-Key", secret); status != 200 {
		t.Errorf("a header of its own: %d", status)
	}
	live, err := webhook.Connector.Open(source.Settings{"user": "ann", "password": secret})
	if err != nil {
		t.Fatal(err)
	}
	h := live.Door(p.in)
	for password, want := range map[string]int{secret: 200, "wrong": 401} {
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/ingest/w", strings.NewReader(finding))
		r.SetBasicAuth("ann", password)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("basic authentication with %s: %d", password, w.Code)
		}
	}
}

func TestClientCredentials(t *testing.T) {
	p := open(t, dbtest.SQLite(t), source.Settings{"clientId": "me", "clientSecret": secret}, `{"source":["x"]}`)
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {"me"}, "client_secret": {secret}}
	asked := []string{"Content-Type", "application/x-www-form-urlencoded"}
	for _, c := range []struct {
		change url.Values
		want   string
	}{
		{url.Values{"client_secret": {"x"}}, "invalid_client"}, {url.Values{"grant_type": {"password"}}, "unsupported_grant_type"},
	} {
		f := url.Values{}
		for k, v := range form {
			f[k] = v
		}
		for k, v := range c.change {
			f[k] = v
		}
		if status, text := p.send("POST", "/token", f.Encode(), asked...); status < 400 || !strings.Contains(text, c.want) {
			t.Errorf("%v: %d %s", c.change, status, text)
		}
	}
	status, text := p.send("POST", "/token", form.Encode(), asked...)
	var grant struct {
		Token string `json:"access_token"`
		For   int    `json:"expires_in"`
	}
	if err := json.Unmarshal([]byte(text), &grant); err != nil || status != 200 || grant.For < 60 {
		t.Fatalf("%d %s", status, text)
	}
	for token, want := range map[string]int{grant.Token: 200, grant.Token[:len(grant.Token)-1]: 401, "": 401, secret: 401} {
		if status, text := p.send("POST", "", finding, "Authorization", "Bearer "+token); status != want {
			t.Errorf("token %q: %d %s", token, status, text)
		}
	}
}

func TestMapping(t *testing.T) {
	p := open(t, dbtest.SQLite(t), source.Settings{"token": secret, "eventSource": "edr", "detailType": "$.kind", "events": "$.items", "id": "$.no", "time": "$.at", "resources": "$.hosts[*]"},
		`{"source":["edr"],"detail-type":["Ransomware"],"detail":{"score":[{"numeric":[">",90]}]},"resources":["h2"]}`)
	const body = `{"items":[{"no":1,"kind":"Ransomware","at":1793502245,"score":95,"hosts":["h1","h2"]},{"no":2,"kind":"Adware","at":"2026-11-01T00:00:00Z","score":99,"hosts":[]}]}`
	for range 2 { // the second is the same
		if status, text := p.send("POST", "", body, "Authorization", secret); status != 200 || !strings.Contains(text, `"events":2`) {
			t.Fatalf("%d %s", status, text)
		}
	}
	if n := p.incidents(); n != 1 {
		t.Errorf("%d incidents", n)
	}
	if status, text := p.send("POST", "", `{"items":[{"kind":"aws","score":1},{"score":1}]}`, "Authorization", secret); status != 400 || !strings.Contains(text, "event 2") {
		t.Errorf("%d %s", status, text)
	}
}

func TestSettings(t *testing.T) {
	for _, c := range []struct {
		entry map[string]any
		want  string
	}{
		{map[string]any{"kind": "webhook"}, "set one of token"},
		{map[string]any{"kind": "webhook", "token": "short"}, "shorter than 16"},
		{map[string]any{"kind": "webhook", "token": secret, "user": "x", "password": secret}, "set one of token"},
		{map[string]any{"kind": "webhook", "password": secret}, "user belongs to password"},
		{map[string]any{"kind": "webhook", "token": secret, "tokn": "x"}, `unknown key "tokn"`},
		{map[string]any{"kind": "webhook", "token": []any{1}}, "want a single value"},
		{map[string]any{"kind": "webhok", "token": secret}, "there are: webhook"},
		{map[string]any{"kind": "webhook", "name": "A b", "token": secret}, "a name has at most 64"},
		{map[string]any{"kind": "webhook", "token": secret, "eventSource": "x"}, "needs eventSource and detailType"},
		{map[string]any{"kind": "webhook", "token": secret, "eventSource": "aws.x", "detailType": "y"}, "AWS's own"},
		{map[string]any{"kind": "webhook", "token": secret, "eventSource": "x", "detailType": "y", "id": "no"}, "not a JSONPath"},
		{map[string]any{"kind": "webhook", "token": secret}, ""},
	} {
		_, err := source.Read([]map[string]any{c.entry}, []source.Connector{webhook.Connector})
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v, want %q", c.entry, err, c.want)
		}
	}
	_, err := source.Read([]map[string]any{{"kind": "webhook", "token": secret}, {"kind": "webhook", "token": secret}}, []source.Connector{webhook.Connector})
	if diff := cmp.Diff(`sources: two are called "webhook": give each a name`, err.Error()); diff != "" {
		t.Error(diff)
	}
}
