package doctor

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin"
)

func TestLive(t *testing.T) {
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	rule := func(name, identifier string) *tocsin.ConfigRule {
		return &tocsin.ConfigRule{Account: account, Region: region, Name: name, ID: "config-rule-" + name, Identifier: identifier}
	}
	for _, c := range []struct {
		name  string
		live  Live
		rules []*tocsin.ConfigRule
		want  []string
	}{
		{name: "all is well", live: Live{Sources: []Source{{Name: "hook", Last: ago(time.Hour)}}, Watches: []Watch{{Name: "s3", Last: ago(time.Minute)}}}},
		{name: "nothing came since the start", live: Live{Sources: []Source{{Name: "hook", Quiet: true}}}},
		{name: "short trouble", live: Live{Sources: []Source{{Name: "queue", Target: "source:queue", Error: "refused", Since: ago(bearable)}}}},
		{name: "long trouble", live: Live{Sources: []Source{{Name: "queue", Target: "source:queue", Error: "refused", Since: ago(bearable + time.Second), Last: ago(72 * time.Hour), Quiet: true}}},
			want: []string{"ERROR source-in-trouble source:queue: source queue has been in trouble since 2026-11-23 02:54 UTC, and what it should bring starts nothing: refused"}},
		{name: "silent", live: Live{Sources: []Source{{Name: "hook", Target: "source:hook", Last: ago(25 * time.Hour), Quiet: true}}},
			want: []string{"NOTE source-silent source:hook: source hook brought events until 2026-11-22 02:00 UTC, and none since"}},
		{name: "a watch that never saw all", live: Live{Watches: []Watch{{Name: "s3", ARN: tocsin.WatchARN(region, account, "s3"), Error: "AccessDenied: no"}}},
			want: []string{"ERROR watch-failed arn:aws:config:us-east-1:111122223333:watch/s3: the last round of watch s3 failed, it could not see all since the server started: AccessDenied: no"}},
		{name: "a watch that fails now", live: Live{Watches: []Watch{{Name: "s3", ARN: tocsin.WatchARN(region, account, "s3"), Error: "timeout", Last: ago(time.Hour)}}},
			want: []string{"ERROR watch-failed arn:aws:config:us-east-1:111122223333:watch/s3: the last round of watch s3 failed, it saw all at 2026-11-23 02:00 UTC the last time: timeout"}},
		{name: "rules", live: Live{Evaluates: func(r *tocsin.ConfigRule) bool { return r.Name == "seen" }}, rules: []*tocsin.ConfigRule{rule("seen", "X"), rule("own", ""), rule("unseen", "Y")},
			want: []string{"ERROR config-rule-without-watch arn:aws:config:us-east-1:111122223333:config-rule/config-rule-unseen: nothing evaluates Config rule unseen (Y) in us-east-1: what breaks it is not seen"}},
		{name: "what watches there are is not known", rules: []*tocsin.ConfigRule{rule("unseen", "Y")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, f := range Examine(House{Now: now, ConfigRules: c.rules, Live: c.live}) {
				got = append(got, string(f.Severity)+" "+string(f.Kind)+" "+string(f.Resource)+": "+f.Message)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
