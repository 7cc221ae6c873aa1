package engagement_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/engagement"
)

const people = `
	ann: mail for 10m, sms
	bob: mail for 10m, sms
	cid: mail
`

func TestScripts(t *testing.T) {
	tests := []struct{ name, script, want string }{
		{"stages of one person", `engage ann`, `0 ann mail; 10 ann sms`},
		{"two channels at once, a third after two stages", `eve: mail sms for 5m, - for 30m, voice
			engage eve`, `0 eve mail; 0 eve sms; 35 eve voice`},
		{"one channel named twice in a stage is paged once", `eve: mail mail for 5m, mail
			engage eve`, `0 eve mail; 5 eve mail`},
		{"stages of zero minutes", `eve: mail, sms for 5m, voice
			engage eve`, `0 eve mail; 0 eve sms; 5 eve voice`},
		{"several targets", `team: ann bob for 5m, cid
			engage team`, `0 ann mail; 0 bob mail; 5 cid mail; 10 ann sms; 10 bob sms`},

		{"an essential answer ends the plan, and what others still get by it", `team: ann! bob for 5m, cid
			engage team
			2 ack ann`, `0 ann mail; 0 bob mail; 2 end team`},
		{"of several essential ones any is enough", `team: ann! bob! for 5m, cid
			engage team
			2 ack bob`, `0 ann mail; 0 bob mail; 2 end team`},
		{"a person's answer ends only their pages", `team: ann bob for 5m, cid
			engage team
			2 ack bob`, `0 ann mail; 0 bob mail; 5 cid mail; 10 ann sms`},
		{"essential in a plan of a plan: the inner one ends", `inner: ann! for 5m, bob
			team: inner for 20m, cid
			engage team
			2 ack ann`, `0 ann mail; 2 end inner; 20 cid mail`},
		{"an essential plan is answered by anybody in it", `inner: ann bob
			team: inner! for 20m, cid
			engage team
			2 ack bob`, `0 ann mail; 0 bob mail; 2 end team`},
		{"an essential schedule is answered by who is on call", `night: from 0 ann
			team: night! for 20m, cid
			engage team
			2 ack ann`, `0 ann mail; 2 end team`},
		{"who has answered elsewhere ends the plan by being essential to its next stage", `team: ann for 5m, ann! cid for 5m, bob
			engage team
			2 ack ann`, `0 ann mail; 5 end team`},
		{"an inner plan that was over before it began", `inner: bob!
			team: bob for 5m, cid inner! for 5m, ann
			engage team
			2 ack bob`, `0 bob mail; 5 cid mail; 5 end inner; 5 end team`},
		{"a plan reached by one that ends and one that does not", `inner: bob
			x: - for 5m, cid
			a: x inner!
			team: bob for 2m, a x
			engage team
			1 ack bob`, `0 bob mail; 2 end a; 7 cid mail`},
		{"a late answer changes nothing", `engage ann
			20 ack ann`, `0 ann mail; 10 ann sms`},

		{"what is gone is skipped", `team: eve ann
			gone ann/mail
			engage team`, `0 skip team/0 eve: the contact does not exist; 0 skip ann/0 mail: the contact channel does not exist; 10 ann sms`},
		{"a channel that is not activated", `off ann/mail
			engage ann`, `0 skip ann/0 mail: the contact channel is not activated; 10 ann sms`},
		{"a contact deleted on the way", `team: ann bob
			engage team
			1 delete ann`, `0 ann mail; 0 bob mail; 10 skip team/0 ann: the contact does not exist; 10 bob sms`},
		{"the contact engaged is deleted", `engage ann
			1 delete ann`, `0 ann mail; 10 skip ann/-1: the contact does not exist`},
		{"a person without stages", `eve:
			engage eve`, `0 skip eve/-1: the plan has no stages`},

		{"two paths at one instant", `one: ann
			two: one ann for 10m, ann
			engage two`, `0 ann mail; 10 ann sms; 10 ann mail; 20 ann sms`},
		{"two runs meet on a channel", `eve: sms for 10m, sms
			team: eve for 10m, eve
			engage team`, `0 eve sms; 10 eve sms; 20 eve sms`},
		{"cycles", `one: two for 1m, ann
			two: one for 1m, bob
			engage one`, `0 skip two/0 one: the plan leads back to itself; 1 bob mail; 1 ann mail; 11 bob sms; 11 ann sms`},
		{"nine plans deep", `p1: p2
			p2: p3
			p3: p4
			p4: p5
			p5: p6
			p6: p7
			p7: p8
			p8: p9
			p9: cid
			engage p1`, `0 skip p8/0 p9: the plans are nested too deep`},

		{"a schedule, as of when its stage begins", `night: from 0 ann, from 3 bob
			team: night for 5m, night
			engage team`, `0 ann mail; 5 bob mail; 10 ann sms; 15 bob sms`},
		{"who is on call is settled once", `night: from 0 ann, from 3 bob
			engage night`, `0 ann mail; 10 ann sms`},
		{"a gap in a schedule", `night: from 3 bob
			team: night for 5m, night
			engage team`, `0 skip night/-1: nobody is on call; 5 bob mail; 15 bob sms`},
		{"who is on call does not exist", `night: from 0 eve
			engage night`, `0 skip night/-1 eve: the contact does not exist`},
		{"a schedule that names itself", `night: from 0 night
			engage night`, `0 skip night/-1 night: the plan leads back to itself`},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) { expect(t, people+c.script, c.want) })
	}
}

func expect(t *testing.T, script, want string) {
	t.Helper()
	if diff := cmp.Diff(strings.Split(want, "; "), play(t, script)); diff != "" {
		t.Error(diff)
	}
}

func TestPlanEditedOnTheWay(t *testing.T) {
	tests := []struct{ name, script, want string }{
		{"a stage to come is longer away", `team: ann for 5m, bob for 5m, cid
			engage team
			1 edit team: ann for 20m, bob for 5m, cid`, `0 ann mail; 10 ann sms; 20 bob mail; 25 cid mail; 30 bob sms`},
		{"a stage is brought forward: it comes with the next step", `team: ann for 25m, bob
			engage team
			1 edit team: ann for 5m, bob`, `0 ann mail; 10 ann sms; 10 bob mail late 5m; 15 bob sms`},
		{"a person is replaced in a stage that has begun", `team: ann for 12m, cid
			engage team
			1 edit team: bob for 12m, cid`, `0 ann mail; 10 skip bob/0: passed; 10 bob sms; 12 cid mail`},
		{"stages change places: nobody is lost", `team: ann for 8m, bob
			engage team
			1 edit team: bob for 8m, ann`, `0 ann mail; 8 bob mail late 8m; 8 ann mail; 10 bob sms; 18 ann sms`},
		{"an essential answer counts although the plan was changed since", `team: ann! for 5m, bob
			engage team
			1 edit team: cid for 5m, bob
			2 ack ann`, `0 ann mail; 2 end team`},
		{"an essential person who is added to a stage that has begun", `team: ann for 12m, cid
			engage team
			1 edit team: ann bob! for 12m, cid
			11 ack bob`, `0 ann mail; 10 ann sms; 10 skip bob/0: passed; 10 bob sms; 11 end team`},
		{"what has ended stays so", `team: ann! cid for 5m, bob
			engage team
			1 ack ann
			2 edit team: cid for 5m, bob
			3 ack cid`, `0 ann mail; 0 cid mail; 1 end team`},
		{"the plan is cut", `team: ann for 5m, bob for 5m, cid
			engage team
			1 edit team: ann`, `0 ann mail; 10 ann sms`},
		{"an inner plan is deleted after its answer", `inner: ann
			team: inner! for 5m, bob
			engage team
			1 ack ann
			2 delete inner`, `0 ann mail; 1 end team`},
		{"a person gets a plan on the way", `eve:
			team: ann eve for 5m, cid
			engage team
			1 edit eve: mail`, `0 ann mail; 0 skip eve/-1: the plan has no stages; 5 skip eve/0 mail: the contact channel does not exist; 5 cid mail; 10 ann sms`},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) { expect(t, people+c.script, c.want) })
	}
}

func TestDowntime(t *testing.T) {
	const plan = `team: ann for 5m, bob for 5m, - for 30m, cid
		`
	tests := []struct{ name, script, want string }{
		{"a minute, nothing was due", plan + `engage team
			3 down 4
			6 ack ann
			6 ack bob`, `0 ann mail; 5 bob mail; 40 cid mail`},
		{"a minute over a stage", plan + `engage team
			5 down 6
			7 ack ann
			7 ack bob`, `0 ann mail; 6 bob mail late 1m; 40 cid mail`},
		{"an hour", plan + `engage team
			3 down 63`, `0 ann mail; 63 skip team/1: passed; 63 ann sms late 53m; 63 cid mail late 23m`},
		{"a day", plan + `engage team
			3 down 1443`, `0 ann mail; 1443 skip team/1: passed; 1443 ann sms late 23h53m; 1443 cid mail late 23h23m`},
		{"a stage of nobody does not hide the one before it", plan + `engage team
			3 down 12`, `0 ann mail; 12 ann sms late 2m; 12 bob mail late 7m; 15 bob sms; 40 cid mail`},
		{"nor does one that reaches nobody", `eve: mail for 5m, sms for 5m, voice
			off eve/voice
			engage eve
			3 down 12`, `0 eve mail; 12 eve sms late 7m; 12 skip eve/2 voice: the contact channel is not activated`},
		{"nor one whose people have answered", `team: ann for 5m, bob for 5m, ann
			engage team
			1 ack ann
			3 down 60`, `0 ann mail; 60 skip bob/0: passed; 60 bob sms late 45m`},
		{"stages that begin together are current together", `eve: mail for 5m, sms, voice
			engage eve
			3 down 60`, `0 eve mail; 60 eve sms late 55m; 60 eve voice late 55m`},
		{"a person by two paths: each channel once", `eve: mail for 10m, sms
			team: eve for 5m, eve
			engage team
			3 down 60`, `0 eve mail; 60 eve sms late 50m; 60 skip eve/0: passed`},
		{"a schedule as of the time of its stage", `night: from 0 ann, from 30 bob
			team: cid for 5m, night
			engage team
			3 down 60`, `0 cid mail; 60 skip ann/0: passed; 60 ann sms late 45m`},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) { expect(t, people+c.script, c.want) })
	}
}

// The path of a page leads from what was engaged to the person.
func TestPath(t *testing.T) {
	m := &sim{t: t, book: newTown().Book}
	for _, line := range []string{"ann: mail", "night: from 0 ann", "team: - for 5m, night"} {
		if err := m.define(line); err != nil {
			t.Fatal(err)
		}
	}
	m.state = engagement.State{Contact: person("team"), Started: t0}
	m.now = t0
	var got []tocsin.Resolution
	m.check = func(s engagement.Step) {
		for _, a := range s.Actions {
			if a.Page != nil {
				got = a.Page.Path
			}
		}
	}
	m.look()
	m.until(minute(60))
	want := []tocsin.Resolution{{Contact: person("team"), Type: tocsin.Escalation, Stage: -1}, {Contact: person("night"), Type: tocsin.OnCall, Stage: 1},
		{Contact: person("ann"), Type: tocsin.Personal, Stage: 1}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Neither what has ended nor the caller's own log is added to.
func TestNextTouchesNothing(t *testing.T) {
	b := newTown().people("ann", "bob").plan("team", "5: ann!", "5: bob")
	s := engagement.State{Contact: person("team"), Started: t0, Stages: make([]engagement.Stage, 0, 9), Paged: make([]engagement.Paged, 0, 9)}
	step := engagement.Next(b.Book, s, t0)
	if s.Stages[:1][0].Run.Contact != "" || s.Paged[:1][0].Contact != "" {
		t.Error("Next wrote into the log it was given")
	}
	for _, a := range step.Actions {
		s.Record(a, t0)
	}
	s.Acks = []engagement.Ack{{Contact: person("ann"), At: minute(1)}}
	for _, a := range engagement.Next(b.Book, s, minute(1)).Actions {
		s.Record(a, minute(1))
	}
	if step := engagement.Next(b.Book, s, minute(60)); len(step.Actions) > 0 || !step.Wake.IsZero() {
		t.Errorf("a plan that has ended goes on: %+v", step)
	}
}

// A plan may name a channel of somebody else; nobody else is paged by it.
func TestChannelOfAnother(t *testing.T) {
	b := newTown().people("ann")
	b.contact("eve", tocsin.Personal, tocsin.Stage{Targets: []tocsin.StageTarget{{Channel: channelOf("ann", "mail")}}})
	want := []string{"0 skip eve/0: the contact channel does not exist"}
	if diff := cmp.Diff(want, live(t, b, "eve", nil)); diff != "" {
		t.Error(diff)
	}
}

func TestStopped(t *testing.T) {
	b := newTown().people("ann")
	step := engagement.Next(b.Book, engagement.State{Contact: person("ann"), Started: t0, Stopped: true}, t0)
	if diff := cmp.Diff(engagement.Step{}, step); diff != "" {
		t.Error(diff)
	}
}

// Pages are shared between the engagements of an incident: one per channel and instant.
func TestShared(t *testing.T) {
	b := newTown().people("ann", "bob").plan("team", "5: ann!", "0: bob")
	const other = tocsin.ARN("arn:aws:ssm-contacts:us-east-1:111122223333:engagement/ann/1")
	mail := engagement.Paged{Contact: person("ann"), Channel: channelOf("ann", "mail"), At: t0, Written: t0}
	begin := func(o ...engagement.Other) *sim {
		return &sim{t: t, book: b.Book, now: t0, state: engagement.State{Contact: person("team"), Started: t0, Others: o}}
	}
	check := func(t *testing.T, m *sim, want string) {
		t.Helper()
		if diff := cmp.Diff(strings.Split(want, "; "), m.log); diff != "" {
			t.Error(diff)
		}
	}
	t.Run("stands for ours", func(t *testing.T) {
		m := begin(engagement.Other{Engagement: other, Paged: []engagement.Paged{mail}})
		m.look()
		m.until(minute(60))
		check(t, m, "0 ann mail by ann/1; 5 bob mail; 10 ann sms; 15 bob sms")
	})
	t.Run("its answer is ours", func(t *testing.T) {
		m := begin(engagement.Other{Engagement: other, Paged: []engagement.Paged{mail}})
		m.look()
		m.until(minute(1))
		m.ack(person("ann"))
		m.until(minute(60))
		check(t, m, "0 ann mail by ann/1; 1 end team")
	})
	t.Run("not one that is answered already", func(t *testing.T) {
		m := begin(engagement.Other{Engagement: other, Paged: []engagement.Paged{mail}, Acks: []engagement.Ack{{Contact: person("ann"), At: t0}}})
		m.look()
		check(t, m, "0 ann mail")
	})
	t.Run("not one from before", func(t *testing.T) {
		early := mail
		early.Written = t0.Add(-time.Microsecond)
		m := begin(engagement.Other{Engagement: other, Paged: []engagement.Paged{early}})
		m.look()
		check(t, m, "0 ann mail")
	})
	t.Run("not one that is itself shared", func(t *testing.T) {
		third := mail
		third.By = "arn:aws:ssm-contacts:us-east-1:111122223333:engagement/ann/2"
		m := begin(engagement.Other{Engagement: other, Paged: []engagement.Paged{third}})
		m.look()
		check(t, m, "0 ann mail")
	})
	t.Run("when it stops, ours pages", func(t *testing.T) {
		m := begin(engagement.Other{Engagement: other, Paged: []engagement.Paged{mail}})
		m.look()
		m.until(minute(3))
		m.state.Others = nil
		m.look()
		m.until(minute(60))
		check(t, m, "0 ann mail by ann/1; 3 ann mail late 3m; 5 bob mail; 10 ann sms; 15 bob sms")
	})
	t.Run("unless the person has had a page of ours", func(t *testing.T) {
		m := begin(engagement.Other{Engagement: other, Paged: []engagement.Paged{mail}})
		m.look()
		m.until(minute(12))
		m.state.Others = nil
		m.look()
		m.until(minute(60))
		check(t, m, "0 ann mail by ann/1; 5 bob mail; 10 ann sms; 15 bob sms")
	})
	t.Run("after downtime too", func(t *testing.T) {
		late := engagement.Paged{Contact: person("ann"), Channel: channelOf("ann", "sms"), At: minute(9), Written: minute(60)}
		m := begin()
		m.look()
		m.now = minute(60)
		m.state.Others = []engagement.Other{{Engagement: other, Paged: []engagement.Paged{late}}}
		m.look()
		check(t, m, "0 ann mail; 60 ann sms late 50m by ann/1; 60 skip bob/0: passed; 60 bob sms late 45m")
	})
}
