package incident_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/incident"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/timeline"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

func ptr[T any](v T) *T { return &v }

func (h *house) begin(t incident.Trigger) (inc *tocsin.Incident, created bool) {
	h.t.Helper()
	h.update(func(tx *store.Tx) (err error) {
		inc, created, err = incident.Start(tx, t)
		return err
	})
	return inc, created
}

// fails runs fn in a transaction that must be refused with a kind of error.
func (h *house) fails(kind tocsin.Kind, fn func(tx *store.Tx) error) {
	h.t.Helper()
	if err := h.db.Update(ctx, dbtest.Who, fn); tocsin.KindOf(err) != kind {
		h.t.Errorf("got %v, want %v", err, kind)
	}
}

func (h *house) dedupe(name, dedupe string) {
	h.t.Helper()
	h.update(func(tx *store.Tx) error {
		_, err := tx.InsertResponsePlan(&tocsin.ResponsePlan{Account: dbtest.Account, Name: name, Template: tocsin.Template{Title: name, Impact: 3, Dedupe: dedupe}})
		return err
	})
}

// story lists the incident's timeline, the oldest first.
func (h *house) story(inc *tocsin.Incident) (all []*tocsin.TimelineEvent) {
	h.t.Helper()
	h.view(func(tx *store.Tx) (err error) {
		all, err = tx.Timeline(inc.ARN(), true, store.Cursor{}, 1000)
		return err
	})
	return all
}

func (h *house) read(inc *tocsin.Incident) (out *tocsin.Incident) {
	h.t.Helper()
	h.view(func(tx *store.Tx) (err error) {
		out, err = incident.Get(tx, inc.ARN())
		return err
	})
	return out
}

func (h *house) related(inc *tocsin.Incident) (out []string) {
	h.t.Helper()
	h.view(func(tx *store.Tx) error {
		items, err := tx.RelatedItems(inc.ID)
		for _, it := range items {
			out = append(out, it.Type+" "+string(it.Value))
			if !strings.HasPrefix(it.GeneratedID, "related-item/"+it.Type+"/") {
				h.t.Errorf("generated id %s", it.GeneratedID)
			}
		}
		return err
	})
	slices.Sort(out)
	return out
}

func item(n int) tocsin.RelatedItem {
	return tocsin.RelatedItem{Type: "OTHER", Value: json.RawMessage(fmt.Sprintf(`{"url":"https://example.org/%d"}`, n))}
}

func TestStart(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		h.plan("sec", h.person("ann"), tocsin.ContactARN(dbtest.Region, dbtest.Account, "nobody"))
		inc, created := h.begin(incident.Trigger{Plan: "sec", Title: ptr("Mine"), Impact: ptr(4), Related: []tocsin.RelatedItem{item(1), item(1), item(2)}})
		if !created || inc.Title != "Mine" || inc.Impact != 4 || inc.Source.Source != tocsin.SourceManual || inc.Source.InvokedBy != dbtest.Who.Principal {
			t.Errorf("incident %+v", inc)
		}
		if diff := cmp.Diff([]string{`OTHER {"url":"https://example.org/1"}`, `OTHER {"url":"https://example.org/2"}`}, h.related(inc)); diff != "" {
			t.Error(diff)
		}
		var types []string
		for _, e := range h.story(inc)[:4] {
			types = append(types, e.Type)
		}
		if diff := cmp.Diff([]string{tocsin.EventTrigger, tocsin.EventStart, tocsin.EventPage, tocsin.EventSkipped}, types); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(inc, h.read(inc)); diff != "" {
			t.Errorf("read back: %s", diff)
		}
		h.fails(tocsin.NotFound, func(tx *store.Tx) error {
			_, _, err := incident.Start(tx, incident.Trigger{Plan: "none"})
			return err
		})
	})
}

func TestFolding(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		h.dedupe("sec", "")
		h.dedupe("net", "")
		h.dedupe("s1", "same")
		h.dedupe("s2", "same")
		two := *rootRule
		two.Name = "two"
		by := func(plan string, rule *tocsin.Rule, e *tocsin.Event) incident.Trigger {
			return incident.Trigger{Plan: plan, Source: tocsin.SourceEvents, Rule: rule, Event: e}
		}
		root, odd := event("aws.iam", trail, rootCall), event("aws.iam", trail, `{"userIdentity":{"arn":"a\u0000b"}}`)
		refreshed := event("aws.guardduty", finding, strings.Replace(probe, `"count":1`, `"count":2`, 1))
		tests := []struct {
			name  string
			t     incident.Trigger
			as    string // the incident it must be
			fresh bool
		}{
			{"root", by("sec", rootRule, root), "root", true},
			{"root again", by("sec", rootRule, root), "root", false},
			{"another rule", by("sec", &two, root), "two", true},
			{"another plan of the rule", by("net", rootRule, root), "net", true},
			{"a finding", by("sec", rootRule, event("aws.guardduty", finding, probe)), "probe", true},
			{"its refresh", by("sec", rootRule, refreshed), "probe", false},
			{"a string", incident.Trigger{Plan: "s1"}, "same", true},
			{"the string by another plan", by("s2", rootRule, root), "same", false},
			{"by hand", incident.Trigger{Plan: "sec"}, "hand1", true},
			{"by hand again", incident.Trigger{Plan: "sec"}, "hand2", true},
			{"a null character", by("sec", rootRule, odd), "odd", true},
		}
		ids := map[string]string{}
		for _, c := range tests {
			inc, created := h.begin(c.t)
			if was, ok := ids[c.as]; created != c.fresh || ok && was != inc.ID {
				t.Errorf("%s: created %v, id %s of %v", c.name, created, inc.ID, ids)
			}
			ids[c.as] = inc.ID
			var last timeline.Trigger
			for _, e := range h.story(inc) {
				if e.Type == tocsin.EventTrigger {
					if err := json.Unmarshal([]byte(e.Data), &last); err != nil {
						t.Fatal(err)
					}
				}
			}
			if last.CreatedIncident != c.fresh {
				t.Errorf("%s: the last trigger says %+v", c.name, last)
			}
		}
	})
}

// What folds in adds its resources, up to the limit, and pages nobody.
func TestFoldingRelates(t *testing.T) {
	h := newHouse(t, dbtest.SQLite(t))
	h.dedupe("sec", "same")
	var many []tocsin.RelatedItem
	for i := range 99 {
		many = append(many, item(i))
	}
	inc, _ := h.begin(incident.Trigger{Plan: "sec", Related: many})
	h.begin(incident.Trigger{Plan: "sec", Event: event("aws.iam", trail, rootCall, "arn:aws:s3:::one", "arn:aws:s3:::two"), Rule: rootRule})
	got := h.related(inc)
	if len(got) != incident.MaxRelatedItems || !slices.Contains(got, `INVOLVED_RESOURCE {"arn":"arn:aws:s3:::one"}`) {
		t.Errorf("%d items", len(got))
	}
	h.fails(tocsin.Invalid, func(tx *store.Tx) error { return incident.AddRelated(tx, inc.ARN(), item(1000)) })
	named := item(1)
	named.Title = "One"
	h.update(func(tx *store.Tx) error { return incident.AddRelated(tx, inc.ARN(), named) })
	h.update(func(tx *store.Tx) error { return incident.RemoveRelated(tx, inc.ARN(), item(2)) })
	h.update(func(tx *store.Tx) error { return incident.RemoveRelated(tx, inc.ARN(), item(2)) })
	h.update(func(tx *store.Tx) error { return incident.AddRelated(tx, inc.ARN(), item(1000)) })
	if n := len(h.related(inc)); n != incident.MaxRelatedItems {
		t.Errorf("%d items", n)
	}
	changes := 0
	for _, e := range h.story(inc) {
		if e.Type == tocsin.EventUpdate {
			changes++
		}
	}
	if changes != 3 { // a title, one removed, one added
		t.Errorf("%d changes on the timeline", changes)
	}
}

func TestUpdate(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		h.dedupe("sec", "")
		inc, _ := h.begin(incident.Trigger{Plan: "sec"})
		topics, none := []string{"arn:aws:sns:us-east-1:111122223333:chat"}, []string{}
		tests := []struct {
			name string
			c    incident.Changes
			want string // the attributes on the timeline; empty for nothing written
		}{
			{"nothing", incident.Changes{}, ""},
			{"the same", incident.Changes{Title: ptr("sec"), Summary: ptr(""), Impact: ptr(3), Status: ptr(tocsin.Open)}, ""},
			{"title", incident.Changes{Title: ptr("T")}, "title=T"},
			{"summary", incident.Changes{Summary: ptr("S")}, "summary=S"},
			{"impact", incident.Changes{Impact: ptr(1)}, "impact=1"},
			{"chat", incident.Changes{ChatTopics: &topics}, `chatChannel=["` + topics[0] + `"]`},
			{"the same chat", incident.Changes{ChatTopics: &topics}, ""},
			{"no chat", incident.Changes{ChatTopics: &none}, "chatChannel=[]"},
			{"no chat again", incident.Changes{ChatTopics: &none}, ""},
			{"targets", incident.Changes{NotificationTargets: &topics}, `notificationTargets=["` + topics[0] + `"]`},
			{"the same targets", incident.Changes{NotificationTargets: &topics}, ""},
			{"several", incident.Changes{Title: ptr("U"), Impact: ptr(2)}, "title=U impact=2"},
			{"resolve", incident.Changes{Status: ptr(tocsin.Resolved)}, "status=RESOLVED"},
			{"resolve again", incident.Changes{Status: ptr(tocsin.Resolved)}, ""},
			{"open", incident.Changes{Status: ptr(tocsin.Open)}, "status=OPEN"},
		}
		for _, c := range tests {
			before, was := len(h.story(inc)), h.read(inc)
			h.update(func(tx *store.Tx) error { return incident.Update(tx, inc.ARN(), c.c) })
			after, is := h.story(inc), h.read(inc)
			if c.want == "" {
				if diff := cmp.Diff(was, is); diff != "" || len(after) != before {
					t.Errorf("%s: something was written: %s", c.name, diff)
				}
				continue
			}
			var got timeline.Change
			if err := json.Unmarshal([]byte(after[len(after)-1].Data), &got); err != nil {
				t.Fatal(err)
			}
			var attributes []string
			for _, a := range got.Attributes {
				attributes = append(attributes, a.Name+"="+a.NewValue)
			}
			if s := strings.Join(attributes, " "); s != c.want || len(after) != before+1 || got.ModifiedBy != dbtest.Who.Principal || got.Title != is.Title {
				t.Errorf("%s: %q, %+v", c.name, s, got)
			}
			if is.Resolved.IsZero() != (is.Status == tocsin.Open) || is.ModifiedBy != dbtest.Who.Principal {
				t.Errorf("%s: %+v", c.name, is)
			}
		}
		h.fails(tocsin.NotFound, func(tx *store.Tx) error {
			return incident.Update(tx, tocsin.IncidentARN(dbtest.Account, "other", inc.ID), incident.Changes{Title: ptr("x")})
		})
	})
}

func TestReopen(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		h.plan("sec", h.person("ann"))
		status := func(inc *tocsin.Incident, s tocsin.IncidentStatus) func(tx *store.Tx) error {
			return func(tx *store.Tx) error { return incident.Update(tx, inc.ARN(), incident.Changes{Status: &s}) }
		}
		first, _ := h.start(rootEvent("e1", "X"))
		h.update(status(first, tocsin.Resolved))
		second, created := h.start(rootEvent("e2", "X"))
		if !created {
			t.Fatal("folded into a resolved incident")
		}
		h.fails(tocsin.Conflict, status(first, tocsin.Open))
		if h.read(first).Status != tocsin.Resolved {
			t.Error("the refusal was half written")
		}
		h.update(status(second, tocsin.Resolved))
		h.update(status(first, tocsin.Open))
		if again, created := h.start(rootEvent("e3", "X")); created || again.ID != first.ID {
			t.Error("did not fold into the incident that was opened again")
		}
		h.view(func(tx *store.Tx) error {
			all, err := tx.EngagementsOf(first.ARN())
			for _, e := range all {
				if e.Stopped.IsZero() {
					t.Error("opening again started an engagement")
				}
			}
			return err
		})
	})
}

func TestDelete(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		h.plan("sec", h.person("ann"))
		inc, _ := h.start(rootEvent("e1", "X"))
		for range 2 {
			h.update(func(tx *store.Tx) error { return incident.Delete(tx, inc.ARN()) })
		}
		h.view(func(tx *store.Tx) error {
			if _, err := incident.Get(tx, inc.ARN()); tocsin.KindOf(err) != tocsin.NotFound {
				t.Errorf("deleted incident: %v", err)
			}
			all, err := tx.EngagementsOf(inc.ARN())
			if len(all) != 1 || all[0].Stopped.IsZero() {
				t.Errorf("engagements of the deleted incident: %+v", all)
			}
			return err
		})
		if len(h.story(inc))+len(h.related(inc)) > 0 {
			t.Error("something of it is left")
		}
		if again, created := h.start(rootEvent("e2", "X")); !created || again.ID == inc.ID {
			t.Error("folded into a deleted incident")
		}
	})
}

func TestReplicationSet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, dbtest.SQLite(t)) // makes a set of one Region
		set := func() (s *tocsin.ReplicationSet) {
			h.view(func(tx *store.Tx) (err error) { s, err = tx.ReplicationSet(); return err })
			return s
		}
		states := func() (out string) {
			for _, r := range set().Regions {
				out += " " + string(r.Region) + " " + string(r.Status)
			}
			return string(set().Status) + out
		}
		expect := func(want string) {
			t.Helper()
			if got := states(); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		}
		arn := set().ARN()
		add := func(r tocsin.Region) func(tx *store.Tx) error {
			return func(tx *store.Tx) error { return incident.AddRegion(tx, arn, r, "") }
		}
		remove := func(r tocsin.Region) func(tx *store.Tx) error {
			return func(tx *store.Tx) error { return incident.RemoveRegion(tx, arn, r) }
		}
		expect("CREATING us-east-1 CREATING")
		h.fails(tocsin.Conflict, add("eu-west-1"))
		time.Sleep(time.Second)
		expect("ACTIVE us-east-1 ACTIVE")
		h.fails(tocsin.Conflict, func(tx *store.Tx) error {
			_, err := incident.CreateSet(tx, []tocsin.ReplicationRegion{{Region: dbtest.Region}})
			return err
		})
		h.fails(tocsin.Conflict, add("us-east-1"))
		h.fails(tocsin.Invalid, remove("us-east-1"))
		h.fails(tocsin.Invalid, remove("eu-west-1"))
		elsewhere := dbtest.Who
		elsewhere.Region = "eu-west-1"
		if err := h.db.Update(ctx, elsewhere, remove("us-east-1")); tocsin.KindOf(err) != tocsin.Invalid {
			t.Errorf("the last Region was removed: %v", err)
		}
		h.update(add("eu-west-1"))
		expect("UPDATING us-east-1 ACTIVE eu-west-1 CREATING")
		h.fails(tocsin.Conflict, remove("eu-west-1"))
		time.Sleep(time.Second)
		h.update(add("eu-west-2"))
		time.Sleep(time.Second)
		h.fails(tocsin.Invalid, add("eu-west-3"))
		h.fails(tocsin.Invalid, remove("us-east-1"))
		h.update(remove("eu-west-2"))
		expect("UPDATING us-east-1 ACTIVE eu-west-1 ACTIVE eu-west-2 DELETING")
		time.Sleep(time.Second)
		expect("ACTIVE us-east-1 ACTIVE eu-west-1 ACTIVE")

		del := func(tx *store.Tx) error { return incident.DeleteSet(tx, arn) }
		h.fails(tocsin.NotFound, func(tx *store.Tx) error { return incident.DeleteSet(tx, arn+"x") })
		h.update(func(tx *store.Tx) error { return incident.Protect(tx, arn, true) })
		h.fails(tocsin.Invalid, del)
		h.update(func(tx *store.Tx) error { return incident.Protect(tx, arn, false) })
		h.dedupe("sec", "")
		h.view(incident.Ready)
		h.update(del)
		expect("DELETING us-east-1 DELETING eu-west-1 DELETING")
		h.fails(tocsin.Invalid, incident.Ready)
		time.Sleep(time.Second)
		if set() != nil {
			t.Fatal("the set is still there")
		}
		h.fails(tocsin.Invalid, incident.Ready)
		h.fails(tocsin.NotFound, func(tx *store.Tx) error {
			_, _, err := incident.Start(tx, incident.Trigger{Plan: "sec"})
			return err
		})
		h.update(func(tx *store.Tx) error {
			_, err := incident.CreateSet(tx, []tocsin.ReplicationRegion{{Region: "eu-west-1"}, {Region: dbtest.Region}})
			return err
		})
		expect("CREATING us-east-1 CREATING eu-west-1 CREATING") // the calling Region is its home
		time.Sleep(time.Second)
	})
}
