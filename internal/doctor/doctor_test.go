package doctor

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/engagement"
)

const (
	account = tocsin.Account("111122223333")
	region  = tocsin.Region("us-east-1")
)

var now = time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)

func who(alias string) tocsin.ARN { return tocsin.ContactARN(region, account, alias) }

// house is built from lines:
//
//	person ann EMAIL SMS-       channels of a plan, a stage each; - is not activated, ? does not exist
//	plan team ann,bob zoe       stages of contacts
//	response sec team           a response plan and whom it engages
//	rule root sec               a rule and the response plan it starts
//	fail ann EMAIL              the last sends have failed
func house(t *testing.T, text string) House {
	t.Helper()
	h := House{Now: now, Failures: map[tocsin.ARN]string{}, Book: engagement.Book{Contacts: map[tocsin.ARN]*tocsin.Contact{}, Channels: map[tocsin.ARN]*tocsin.Channel{}}}
	for line := range strings.Lines(text) {
		w := strings.Fields(line)
		if len(w) == 0 {
			continue
		}
		switch w[0] {
		case "person":
			c := &tocsin.Contact{Account: account, Region: region, Alias: w[1], Type: tocsin.Personal}
			for _, word := range w[2:] {
				name := strings.TrimRight(word, "-?")
				ch := &tocsin.Channel{Account: account, Region: region, ID: name, Contact: w[1], Name: name, Type: tocsin.ChannelType(name), Activated: !strings.HasSuffix(word, "-")}
				if !strings.HasSuffix(word, "?") {
					h.Book.Channels[ch.ARN()] = ch
				}
				c.Plan.Stages = append(c.Plan.Stages, tocsin.Stage{Minutes: 5, Targets: []tocsin.StageTarget{{Channel: ch.ARN()}}})
			}
			h.Book.Contacts[c.ARN()] = c
		case "plan":
			c := &tocsin.Contact{Account: account, Region: region, Alias: w[1], Type: tocsin.Escalation}
			for _, word := range w[2:] {
				if f, ok := strings.CutPrefix(word, "fallback="); ok {
					c.Plan.Options.Fallback = who(f)
					continue
				}
				st := tocsin.Stage{Minutes: 5}
				for name := range strings.SplitSeq(word, ",") {
					st.Targets = append(st.Targets, tocsin.StageTarget{Contact: who(name)})
				}
				c.Plan.Stages = append(c.Plan.Stages, st)
			}
			h.Book.Contacts[c.ARN()] = c
		case "response":
			p := &tocsin.ResponsePlan{Account: account, Name: w[1]}
			for _, name := range w[2:] {
				p.Engagements = append(p.Engagements, who(name))
			}
			h.Plans = append(h.Plans, p)
		case "rule":
			h.Rules = append(h.Rules, tocsin.Match{Rule: tocsin.Rule{Account: account, Region: region, Bus: "default", Name: w[1]},
				Targets: []tocsin.Target{{ARN: tocsin.ResponsePlanARN(account, w[2])}}})
		case "fail":
			h.Failures[tocsin.ChannelARN(region, account, w[1], w[2])] = "550 no such user"
		default:
			t.Fatalf("line %q", line)
		}
	}
	return h
}

func words(all []Finding) (out []string) {
	for _, f := range all {
		out = append(out, fmt.Sprintf("%s %s %s", strings.ToLower(string(f.Severity)), f.Kind, f.Resource.ID()))
	}
	return out
}

func TestExamine(t *testing.T) {
	const ann = "person ann EMAIL SMS\n"
	for _, c := range []struct{ name, house, want string }{
		{"all is well", ann + "plan team ann fallback=ann\nresponse sec team\nrule root sec", ""},
		{"runs dry", ann + "response sec ann", "note plan-runs-dry sec"},
		{"a plan that engages nobody", "response sec", "warning plan-engages-nobody sec"},
		{"a plan that engages who does not exist", ann + "response sec ann eve", "error missing-contact sec; note plan-runs-dry sec"},
		{"nobody is reached", "person ann EMAIL-\nresponse sec ann", "error person-without-channel ann; error plan-reaches-nobody sec; warning channel-not-activated ann/EMAIL"},
		{"one channel", "person ann EMAIL\nresponse sec ann", "warning person-with-one-channel ann; note plan-runs-dry sec"},
		{"one channel of somebody nobody engages", "person ann EMAIL", ""},
		{"no plan", "person ann\nresponse sec ann", "error contact-without-plan ann; error plan-reaches-nobody sec"},
		{"no plan, not engaged", "person ann", "warning contact-without-plan ann"},
		{"a channel that is gone", "person ann EMAIL? SMS VOICE\nresponse sec ann", "error missing-channel ann; note plan-runs-dry sec"},
		{"a contact that is gone", ann + "plan team ann,eve\nresponse sec team", "error missing-contact team; note plan-runs-dry sec"},
		{"a fallback that is gone", ann + "plan team ann fallback=eve\nresponse sec team", "error missing-contact team"},
		{"cycles", ann + "plan one two ann\nplan two one\nresponse sec one", "warning cycle one; warning cycle two; note plan-runs-dry sec"},
		{"a cycle beside", ann + "plan one two ann\nplan two three ann\nplan three two\nresponse sec one", "warning cycle three; warning cycle two; note plan-runs-dry sec"},
		{"a failing channel", ann + "response sec ann\nfail ann SMS", "error channel-failing ann/SMS; note plan-runs-dry sec"},
		{"a rule without its plan", ann + "rule root gone", "error missing-response-plan root"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var want []string
			if c.want != "" {
				want = strings.Split(c.want, "; ")
			}
			if diff := cmp.Diff(want, words(Examine(house(t, c.house)))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestProviders(t *testing.T) {
	h := house(t, "person ann EMAIL SMS\nresponse sec ann")
	h.Providers = []tocsin.ChannelType{tocsin.Email}
	if diff := cmp.Diff([]string{"error no-provider ann/SMS", "note plan-runs-dry sec"}, words(Examine(h))); diff != "" {
		t.Error(diff)
	}
}

// Every finding says what is wrong and what to do, and its kind is listed.
func TestTexts(t *testing.T) {
	h := house(t, `person ann EMAIL- SMS
		person bob EMAIL?
		plan one two ann fallback=gone
		plan two one eve
		response sec one bob
		response none
		rule r gone
		fail ann SMS`)
	for _, f := range Examine(h) {
		if !slices.Contains(Kinds(), f.Kind) || len(f.Message) < 20 || len(f.Mend) < 10 || f.Resource == "" {
			t.Errorf("%+v", f)
		}
	}
}
