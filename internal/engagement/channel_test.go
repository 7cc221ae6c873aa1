package engagement_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/engagement"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

func TestCheckAddress(t *testing.T) {
	tests := []struct {
		kind    tocsin.ChannelType
		address string
		ok      bool
	}{
		{tocsin.Email, "ann@example.org", true},
		{tocsin.Email, "ann.b+page@mail.example.org", true},
		{tocsin.Email, "Ann <ann@example.org>", false},
		{tocsin.Email, "ann", false},
		{tocsin.Email, "", false},
		{tocsin.Email, "ann@example.org, bob@example.org", false},
		{tocsin.Email, "ann@example.org\r\nBcc: bob@example.org", false},
		{tocsin.Email, " ann@example.org", false},
		{tocsin.SMS, "+15555550100", true},
		{tocsin.SMS, "+4930123456", true},
		{tocsin.SMS, "+1234567", false},
		{tocsin.SMS, "+12345678901234567", false},
		{tocsin.SMS, "15555550199", false},
		{tocsin.SMS, "+0555555010", false},
		{tocsin.SMS, "+1 555 555 0100", false},
		{tocsin.Voice, "ann@example.org", false},
		{tocsin.Voice, "+15555550100\n", false},
	}
	for _, c := range tests {
		err := engagement.CheckAddress(c.kind, c.address)
		if (err == nil) != c.ok || err != nil && tocsin.KindOf(err) != tocsin.Invalid {
			t.Errorf("%s %q: %v", c.kind, c.address, err)
		}
		if err != nil && len(c.address) > 4 && strings.Contains(err.Error(), c.address) {
			t.Errorf("the error shows the address: %v", err)
		}
	}
}

func TestCheckPlan(t *testing.T) {
	channel, contact := tocsin.StageTarget{Channel: channelOf("ann", "mail")}, tocsin.StageTarget{Contact: person("ann")}
	stages := func(minutes int, targets ...tocsin.StageTarget) tocsin.Plan {
		return tocsin.Plan{Stages: []tocsin.Stage{{Minutes: minutes, Targets: targets}}}
	}
	rotations := tocsin.Plan{Rotations: []tocsin.ARN{"arn:aws:ssm-contacts:us-east-1:111122223333:rotation/r"}}
	tests := []struct {
		name string
		kind tocsin.ContactType
		plan tocsin.Plan
		want string // a part of the refusal
	}{
		{"a person", tocsin.Personal, stages(5, channel), ""},
		{"a person without stages", tocsin.Personal, tocsin.Plan{}, ""},
		{"a stage that only waits", tocsin.Personal, stages(30), ""},
		{"a stage of nothing", tocsin.Personal, stages(0), "Plan.Stages[0].DurationInMinutes"},
		{"a person who engages a contact", tocsin.Personal, stages(5, channel, contact), "Plan.Stages[0].Targets[1]"},
		{"a person with rotations", tocsin.Personal, rotations, "Plan.RotationIds"},
		{"an escalation plan", tocsin.Escalation, stages(0, contact), ""},
		{"an escalation plan to a channel", tocsin.Escalation, stages(0, channel), "ContactTargetInfo"},
		{"an escalation plan with rotations", tocsin.Escalation, rotations, "Plan.RotationIds"},
		{"a schedule", tocsin.OnCall, rotations, ""},
		{"a schedule with stages", tocsin.OnCall, stages(5, contact), "ONCALL SCHEDULE contact cannot have stages in plan"},
	}
	for _, c := range tests {
		err := engagement.CheckPlan(c.kind, c.plan)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || tocsin.KindOf(err) != tocsin.Invalid) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestActivation(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		ann := d.person("ann")
		var c *tocsin.Contact
		ch := &tocsin.Channel{Type: tocsin.Email, Name: "work", Address: "ann@work.example.org"}
		read := func() (row *store.ChannelRow) {
			d.view(func(tx *store.Tx) (err error) { row, err = tx.Channel(ch.ARN()); return err })
			return row
		}
		activate := func(code string) (refused *tocsin.Error, err error) {
			err = db.Update(ctx, dbtest.Who, func(tx *store.Tx) error {
				row, err := tx.Channel(ch.ARN())
				if err != nil {
					return err
				}
				refused, err = engagement.Activate(tx, row, code)
				return err
			})
			return refused, err
		}
		send := func() error {
			return db.Update(ctx, dbtest.Who, func(tx *store.Tx) error { return engagement.SendCode(tx, read()) })
		}
		change := func(name, address *string) error {
			return db.Update(ctx, dbtest.Who, func(tx *store.Tx) error { return engagement.ChangeChannel(tx, c, read(), name, address) })
		}
		kind := func(what string, err error, want tocsin.Kind) {
			t.Helper()
			if tocsin.KindOf(err) != want {
				t.Errorf("%s: %v", what, err)
			}
		}
		d.update(func(tx *store.Tx) (err error) {
			if c, err = tx.Contact(ann); err != nil {
				return err
			}
			return engagement.AddChannel(tx, c, ch, true)
		})
		if row := read(); row.Activated || row.Code != "" {
			t.Errorf("a deferred channel: %+v", row)
		}
		_, err := activate("")
		kind("no code was sent", err, tocsin.Invalid)
		if err := send(); err != nil {
			t.Fatal(err)
		}
		first := read().Code
		for i := range 5 {
			refused, err := activate("x" + first)
			if refused == nil || err != nil || read().CodeTries != i+1 {
				t.Errorf("wrong code %d: %v, %v, %d tries", i, refused, err, read().CodeTries)
			}
		}
		_, err = activate(first)
		kind("locked", err, tocsin.Invalid)
		if err := send(); err != nil {
			t.Fatal(err)
		}
		if refused, err := activate(read().Code); refused != nil || err != nil || !read().Activated || read().Code != "" {
			t.Errorf("activation: %v, %v, %+v", refused, err, read())
		}
		if refused, err := activate("anything"); refused != nil || err != nil {
			t.Errorf("activating again: %v, %v", refused, err)
		}
		kind("a code for an activated channel", send(), tocsin.Invalid)

		work, same, taken, odd := "Work", "ann@work.example.org", "ann@example.org", "nobody"
		if err := change(&work, &same); err != nil || !read().Activated || read().Name != "Work" {
			t.Errorf("renaming: %v, %+v", err, read())
		}
		kind("an address of another channel", change(nil, &taken), tocsin.Conflict)
		kind("no address", change(nil, &odd), tocsin.Invalid)
		if !read().Activated || read().Address != same {
			t.Errorf("a refused change was written: %+v", read())
		}
		fresh := "ann@home.example.org"
		if err := change(nil, &fresh); err != nil || read().Activated || read().Address != fresh || len(read().Code) != 6 {
			t.Errorf("another address: %v, %+v", err, read())
		}
		kind("a second channel with the address", db.Update(ctx, dbtest.Who, func(tx *store.Tx) error {
			return engagement.AddChannel(tx, c, &tocsin.Channel{Type: tocsin.Email, Name: "again", Address: fresh}, false)
		}), tocsin.Conflict)
		team := d.plan("team")
		kind("a channel of a plan", db.Update(ctx, dbtest.Who, func(tx *store.Tx) error {
			c, err := tx.Contact(team)
			if err != nil {
				return err
			}
			return engagement.AddChannel(tx, c, &tocsin.Channel{Type: tocsin.Email, Address: fresh}, false)
		}), tocsin.Invalid)
	})
}

// An activation code lives for a day.
func TestActivationExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, dbtest.SQLite(t))
		c := &tocsin.Contact{Account: dbtest.Account, Region: dbtest.Region, Alias: "ann", Type: tocsin.Personal}
		ch := &tocsin.Channel{Type: tocsin.Email, Name: "work", Address: "ann@work.example.org"}
		d.update(func(tx *store.Tx) error { return engagement.AddChannel(tx, c, ch, false) })
		try := func() error {
			return d.db.Update(ctx, dbtest.Who, func(tx *store.Tx) error {
				row, err := tx.Channel(ch.ARN())
				if err != nil {
					return err
				}
				_, err = engagement.Activate(tx, row, row.Code)
				return err
			})
		}
		time.Sleep(24*time.Hour + time.Second)
		if err := try(); tocsin.KindOf(err) != tocsin.Invalid {
			t.Errorf("a code of yesterday: %v", err)
		}
	})
}
