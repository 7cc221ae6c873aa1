package doctor

import (
	"time"

	"github.com/tocsin-io/tocsin"
)

// Live is what only a running server knows of an account: it is in no backup.
type Live struct {
	Providers []tocsin.ChannelType // the types that have a provider; nil if that is not known
	Sources   []Source
	Watches   []Watch
	Evaluates func(*tocsin.ConfigRule) bool // tells whether a watch evaluates a managed rule; nil if that is not known
}

// Source is how a source of events does.
type Source struct {
	Name   string
	Target tocsin.ARN // what dead letters call it
	Error  string     // what keeps events from coming; empty if nothing does
	Since  time.Time  // since when
	Last   time.Time  // when its last event came; zero if none did since the server started
	Quiet  bool       // it has brought nothing for long
}

// Watch is how a watch of live resources does.
type Watch struct {
	Name  string
	ARN   tocsin.ARN
	Error string    // of the last round; empty if it went well
	Last  time.Time // the last round in which all could be read; zero if there was none since the server started
}

// bearable is how long a source may be in trouble: what it keeps comes then.
const bearable = 5 * time.Minute

// sources finds events that do not come.
func (x *exam) sources() {
	for _, s := range x.Sources {
		switch {
		case s.Error != "" && x.Now.Sub(s.Since) > bearable:
			x.find(SourceTrouble, Error, s.Target, "mend what the error names; the console's page Sources and tocsin_source_up in /metrics show when it is over",
				"source %s has been in trouble since %s, and what it should bring starts nothing: %s", s.Name, stamp(s.Since), tocsin.Clip(s.Error, 300))
		case s.Error == "" && s.Quiet && !s.Last.IsZero():
			x.find(SourceSilent, Note, s.Target, "nothing, if it seldom brings any; otherwise look whether its sender still sends",
				"source %s brought events until %s, and none since", s.Name, stamp(s.Last))
		}
	}
}

// watches finds resources that nobody looks at.
func (x *exam) watches() {
	for _, w := range x.Watches {
		if w.Error == "" {
			continue
		}
		last := "it could not see all since the server started"
		if !w.Last.IsZero() {
			last = "it saw all at " + stamp(w.Last) + " the last time"
		}
		x.find(WatchFailed, Error, w.ARN, "mend what the error names; docs/watches.md tells what a watch needs", "the last round of watch %s failed, %s: %s", w.Name, last, tocsin.Clip(w.Error, 300))
	}
	for _, r := range x.ConfigRules {
		if r.Identifier != "" && x.Evaluates != nil && !x.Evaluates(r) {
			x.find(RuleUnwatched, Error, r.ARN(), "set the watch up in tocsin.yaml (docs/watches.md), or delete the rule: delete-config-rule",
				"nothing evaluates Config rule %s (%s) in %s: what breaks it is not seen", r.Name, r.Identifier, r.Region)
		}
	}
}
