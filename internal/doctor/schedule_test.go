package doctor

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/oncall"
)

// turns is a rotation with hand-offs at nine, days before now.
func turns(name string, daysAgo int, people ...string) *tocsin.Rotation {
	r := &tocsin.Rotation{Account: account, Region: region, ID: name, Name: name, Zone: "UTC", Start: now.AddDate(0, 0, -daysAgo),
		Recurrence: tocsin.Recurrence{Daily: []tocsin.Clock{{Hour: 9}}, Multiplier: 1, OnCalls: 1}}
	for _, p := range people {
		r.Contacts = append(r.Contacts, who(p))
	}
	return r
}

func ready(t *testing.T, r *tocsin.Rotation, overrides ...tocsin.Override) *oncall.Rotation {
	t.Helper()
	out, err := oncall.New(r, overrides...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestSchedules(t *testing.T) {
	const ann = "person ann EMAIL SMS\nperson bob EMAIL SMS\nplan team night fallback=ann\nresponse sec team"
	office := turns("office", 9, "ann")
	office.Recurrence.Coverage = map[time.Weekday][]tocsin.Coverage{time.Monday: {{Start: tocsin.Clock{Hour: 9}, End: tocsin.Clock{Hour: 17}}}}
	berlin := turns("berlin", 9, "ann", "bob")
	berlin.Zone, berlin.Start = "Europe/Berlin", time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	nobody := tocsin.Override{ID: "o", Start: now.Add(time.Hour), End: now.Add(2 * time.Hour)}
	stranger := tocsin.Override{ID: "o", Contacts: []tocsin.ARN{who("bob")}, Start: now.Add(time.Hour), End: now.Add(2 * time.Hour)}
	for _, c := range []struct {
		name    string
		house   string
		s       Schedule
		at      time.Time
		want    string
		message string // in the first of them
	}{
		{"all is well", ann, Schedule{Rotations: oncall.Schedule{ready(t, turns("r", 9, "ann", "bob"))}}, now, "", ""},
		{"no rotation", ann, Schedule{}, now, "error contact-without-plan night", "nobody is ever on call"},
		{"a rotation that is gone", ann, Schedule{Rotations: oncall.Schedule{ready(t, turns("r", 9, "ann"))}, Missing: []tocsin.ARN{tocsin.RotationARN(region, account, "x")}}, now, "error missing-rotation night", "x"},
		{"gaps", "person ann EMAIL SMS\nplan team night\nresponse sec team", Schedule{Rotations: oncall.Schedule{ready(t, office)}}, now,
			"error plan-sometimes-reaches-nobody sec; warning schedule-gap night", ""},
		{"a gap by an override", ann, Schedule{Rotations: oncall.Schedule{ready(t, turns("r", 9, "ann"), nobody)}}, now, "warning schedule-gap night", "from 2026-11-23 04:00 UTC to 2026-11-23 05:00 UTC"},
		{"an overlap", ann, Schedule{Rotations: oncall.Schedule{ready(t, turns("r", 9, "ann")), ready(t, turns("s", 9, "bob"))}}, now, "note schedule-overlap night", "from 2026-11-23 03:00 UTC on"},
		{"not begun", ann, Schedule{Rotations: oncall.Schedule{ready(t, turns("r", -2, "ann"))}}, now, "warning rotation-not-begun r; warning schedule-gap night", "begins at 2026-11-25 03:00 UTC"},
		{"somebody who is gone", ann, Schedule{Rotations: oncall.Schedule{ready(t, turns("r", 9, "ann", "eve"))}}, now, "error missing-contact r", "eve"},
		{"nobody left", ann, Schedule{Rotations: oncall.Schedule{ready(t, turns("r", 9, "eve"))}}, now, "error missing-contact r; error rotation-ends r", "eve"},
		{"clocks that change", ann, Schedule{Rotations: oncall.Schedule{ready(t, berlin)}}, time.Date(2026, 10, 2, 0, 0, 0, 0, time.UTC), "note odd-shift berlin", "2026-10-24 09:00 CEST to 2026-10-25 09:00 CET: it is longer by 1h0m0s"},
		{"a person without a channel, by an override", strings.Replace(ann, "bob EMAIL SMS", "bob EMAIL- SMS", 1), Schedule{Rotations: oncall.Schedule{ready(t, turns("r", 9, "ann"), stranger)}}, now,
			"warning channel-not-activated bob/EMAIL; warning person-with-one-channel bob", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := house(t, c.house)
			h.Now = c.at
			s := &tocsin.Contact{Account: account, Region: region, Alias: "night", Type: tocsin.OnCall}
			h.Book.Contacts[s.ARN()] = s
			c.s.Contact = s.ARN()
			h.Schedules = []Schedule{c.s}
			var want []string
			if c.want != "" {
				want = strings.Split(c.want, "; ")
			}
			found := Examine(h)
			// What the plan's end is called here is tested elsewhere.
			found = slices.DeleteFunc(found, func(f Finding) bool { return f.Kind == RunsDry })
			if diff := cmp.Diff(want, words(found)); diff != "" {
				t.Error(diff)
			}
			if c.message != "" && (len(found) == 0 || !strings.Contains(found[0].Message, c.message)) {
				t.Errorf("%+v does not say %q", found, c.message)
			}
			for _, f := range found {
				if !slices.Contains(Kinds(), f.Kind) || len(f.Mend) < 10 || f.Resource == "" {
					t.Errorf("%+v", f)
				}
			}
		})
	}
}
