package doctor

import (
	"slices"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/engagement"
)

// people finds who cannot be reached, or by one way only.
func (x *exam) people() {
	for _, c := range x.contacts() {
		if c.Type == tocsin.Personal {
			x.person(c)
		}
	}
}

func (x *exam) person(c *tocsin.Contact) {
	var ways []tocsin.ARN // activated, named in the plan
	for _, st := range c.Plan.Stages {
		for _, t := range st.Targets {
			if ch := x.Book.Channels[t.Channel]; ch != nil && ch.Activated && ch.ContactARN() == c.ARN() && !slices.Contains(ways, t.Channel) {
				ways = append(ways, t.Channel)
			}
		}
	}
	switch {
	case len(c.Plan.Stages) == 0: // told already
	case len(ways) == 0:
		x.find(NoChannel, x.grave(c), c.ARN(), "add a channel, activate it and name it in the plan", "%s has no activated channel in the plan: no page gets to this person", c.Alias)
	case len(ways) == 1 && x.used[c.ARN()]:
		x.find(OneChannel, Warning, c.ARN(), "add a second channel of another type", "%s is reached by one channel only (%s): if that fails, no page gets through", c.Alias, x.Book.Channels[ways[0]].Type)
	}
	for _, arn := range ways {
		ch := x.Book.Channels[arn]
		if why, ok := x.Failures[arn]; ok {
			x.find(FailingChannel, x.grave(c), arn, "look at the address and at the provider, and send a test page", "the last %d messages to %s by %s “%s” have failed: %s", failuresInARow, c.Alias, ch.Type, ch.Name, why)
		}
		if x.Providers != nil && !slices.Contains(x.Providers, ch.Type) {
			x.find(NoProvider, x.grave(c), arn, "set a provider for "+string(ch.Type)+" (docs/running.md), or leave it out of the plan", "%s “%s” of %s: there is no provider for %s, so its messages go to the outbox", ch.Type, ch.Name, c.Alias, ch.Type)
		}
	}
}

// failuresInARow is how many sends have to have failed.
const failuresInARow = 3

// How a response plan with schedules is tried: at so many instants, so far apart.
const (
	tries   = 7 * 24 / 3
	between = 3 * time.Hour
)

// responsePlan plays the plan, now and through the coming week if it depends on
// who is on call.
func (x *exam) responsePlan(p *tocsin.ResponsePlan) {
	if len(p.Engagements) == 0 {
		x.find(NoPlanEngages, Warning, p.ARN(), "name contacts, schedules or escalation plans: update-response-plan --engagements", "incidents of %s page nobody: it engages nobody", p.Name)
		return
	}
	for _, c := range p.Engagements {
		if x.Book.Contacts[c] == nil {
			x.find(MissingContact, Error, p.ARN(), "name another contact: update-response-plan --engagements", "%s engages %s, which does not exist", p.Name, c.ID())
		}
	}
	play := func(at time.Time) engagement.Forecast {
		return engagement.Simulate(x.Book, engagement.Scenario{Engaged: p.Engagements, At: at})
	}
	first := play(x.Now)
	var never []time.Time
	if slices.ContainsFunc(p.Engagements, x.needsSchedule) {
		for i := range tries {
			if at := x.Now.Add(time.Duration(i) * between); len(play(at).Reached) == 0 {
				never = append(never, at)
			}
		}
	}
	const mend = "tocsin simulate --response-plan shows who is skipped and why"
	switch {
	case len(first.Reached) == 0 && (len(never) == 0 || len(never) == tries):
		x.find(ReachesNobody, Error, p.ARN(), mend, "an incident of %s would reach nobody", p.Name)
	case len(never) > 0:
		x.find(SometimesNobody, Error, p.ARN(), mend, "an incident of %s would reach nobody at %s, and at %d of %d other times in the coming week", p.Name, never[0].UTC().Format(time.RFC3339), len(never)-1, tries-1)
	case !first.Dry.IsZero() && !slices.ContainsFunc(p.Engagements, x.goesOn):
		x.find(RunsDry, Note, p.ARN(), "repeat a plan or name a fallback: docs/plan-options.md", "if nobody acknowledges, %s has run dry after %s, and pages nobody any more", p.Name, first.Dry.Sub(x.Now))
	}
}

// goesOn tells whether a contact's plan says what is to be done when nobody answers.
func (x *exam) goesOn(arn tocsin.ARN) bool {
	c := x.Book.Contacts[arn]
	return c != nil && (c.Plan.Options.Repeat > 0 || c.Plan.Options.Fallback != "")
}

// needsSchedule tells whether a contact's plan leads to a schedule.
func (x *exam) needsSchedule(arn tocsin.ARN) bool {
	return x.leadsToSchedule(arn, map[tocsin.ARN]bool{})
}

func (x *exam) leadsToSchedule(arn tocsin.ARN, seen map[tocsin.ARN]bool) bool {
	c := x.Book.Contacts[arn]
	if c == nil || seen[arn] {
		return false
	}
	seen[arn] = true
	if c.Type == tocsin.OnCall {
		return true
	}
	return slices.ContainsFunc(c.Plan.Stages, func(st tocsin.Stage) bool {
		return slices.ContainsFunc(st.Targets, func(t tocsin.StageTarget) bool { return x.leadsToSchedule(t.Contact, seen) })
	})
}
