package source

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/bus"
	"github.com/tocsin-io/tocsin/pattern"
)

func TestLift(t *testing.T) {
	for _, c := range []struct {
		name, pattern, want string
		exact               bool
	}{
		{"detail", `{"detail":{"eventName":["A"]}}`, `"eventName":["A"]`, true},
		{"dotted", `{"detail.eventName":["A"],"detail":{"b":["c"]}}`, `"eventName":["A"],"b":["c"]`, true},
		{"twice", `{"detail":{"a":["x"]},"detail":{"b":["y"]}}`, `"a":["x"],"b":["y"]`, true},
		{"or inside", `{"detail":{"$or":[{"a":[1]},{"b":[2]}]}}`, `"$or":[{"a":[1]},{"b":[2]}]`, true},
		{"or outside", `{"$or":[{"detail":{"a":[1]}},{"detail":{"b":[2]}}]}`, `"$or":[{"a":[1]},{"b":[2]}]`, true},
		{"account", `{"account":["1"],"detail":{"a":[1]}}`, `"a":[1]`, false},
		{"source", `{"source":["aws.iam","aws.s3"],"detail":{"a":[1]}}`, `"eventSource":[{"prefix":"iam"},{"prefix":"s3"}],"a":[1]`, false},
		{"insights may come", `{"source":["aws.cloudtrail"],"detail":{"a":[1]}}`, `"a":[1]`, false},
		{"source by prefix", `{"source":[{"prefix":"aws."}],"detail":{"a":[1]}}`, `"a":[1]`, false},
		{"source beside or", `{"source":["aws.iam"],"$or":[{"source":["aws.s3"],"detail":{"a":[1]}},{"detail":{"b":[2]}}]}`, `"$or":[{"a":[1]},{"b":[2]}]`, false},
		{"only source", `{"source":["aws.iam"]}`, `"eventSource":[{"prefix":"iam"}]`, false},
		{"an alternative without detail", `{"$or":[{"source":["aws.s3"]},{"detail":{"b":[2]}}]}`, ``, false},
		{"nothing", `{"account":["1"]}`, ``, false},
	} {
		members, exact, ok := lift([]byte(c.pattern), false)
		if got := strings.Join(members, ","); got != c.want || exact != c.exact || !ok && c.want != "" {
			t.Errorf("%s: %s, exact %v, ok %v", c.name, got, exact, ok)
		}
	}
}

// Rules about other events cost nothing while CloudTrail's records are read.
func TestNever(t *testing.T) {
	for text, want := range map[string]bool{
		`{"source":["my.app"]}`: true,
		`{"source":["my.app","tocsin.source"],"detail":{"a":[1]}}`:      true,
		`{"detail-type":["GuardDuty Finding"]}`:                         true,
		`{"source":["aws.guardduty"]}`:                                  false,
		`{"source":["my.app","aws.iam"]}`:                               false,
		`{"source":[{"prefix":"my."}]}`:                                 false,
		`{"source":["my.app",null]}`:                                    true,
		`{"detail":{"source":["my.app"]}}`:                              false,
		`{"source":["my.app"],"$or":[{"source":["aws.s3"]},{"a":[1]}]}`: false,
		`{"detail-type":["AWS API Call via CloudTrail","x"]}`:           false,
		`{"source":["my.app"],"source":["aws.s3"]}`:                     false,
		`{}`: false,
	} {
		if got := never([]byte(text)); got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
	s := NewSieve()
	s.Add(compile(t, `{"source":["my.app"]}`))
	if !s.None(true, []int{IsCall}) || s.None(false, []int{IsCall}) {
		t.Errorf("%+v", s)
	}
}

func compile(t testing.TB, text string) *pattern.Pattern {
	t.Helper()
	p, err := pattern.Compile([]byte(text), pattern.Limits{})
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return p
}

// eventRules are rules that ask for all that an event has.
var eventRules = []string{
	`{"account":["111122223333"]}`, `{"account":[""]}`, `{"account":[{"exists":false}]}`, `{"account":[{"anything-but":"1"}]}`,
	`{"region":["us-east-1",""]}`, `{"region":[{"prefix":"eu-"}]}`, `{"region":[5]}`, `{"region":[null]}`,
	`{"source":["aws.iam"]}`, `{"source":[{"prefix":"aws."}]}`, `{"source":[{"anything-but":["aws.iam"]}]}`, `{"source":["aws.cloudtrail"]}`, `{"source":["aws."]}`,
	`{"detail-type":["AWS API Call via CloudTrail"]}`, `{"detail-type":[{"suffix":"CloudTrail"}]}`, `{"detail-type":[{"wildcard":"AWS*Sign*"}]}`, `{"detail-type":["x"]}`,
	`{"detail-type":["AWS Insight via CloudTrail"]}`,
	`{"version":["0"]}`, `{"version":["1"]}`, `{"version":[0]}`, `{"resources":[{"exists":false}]}`, `{"resources":["arn"]}`,
	`{"eventName":["GetUser"]}`, `{"eventName":[{"exists":false}],"source":["aws.iam"]}`, `{"source.x":[{"exists":false}]}`, `{"source":{"x":["y"]}}`,
	`{"id":["e-1"]}`, `{"id":[{"prefix":"e-"}]}`, `{"time":[{"prefix":"2026-"}]}`, `{"time":[""]}`,
	`{"detail":[{"exists":false}]}`, `{"detail":[{"exists":true}]}`, `{"detail":{"source":["x"]}}`, `{"detail":{"eventSource":["iam.amazonaws.com"]},"source":["aws.iam"]}`,
	`{"source":["aws.iam"],"detail":{"eventName":["GetUser"],"errorCode":[{"exists":false}]}}`,
	`{"$or":[{"source":["aws.s3"]},{"detail":{"eventName":["GetUser"]}}]}`, `{"$or":[{"detail-type":["x"]},{"region":["us-east-1"]}],"account":["111122223333"]}`,
	`{"$or":[{"detail-type":["x"]},{"resources":["y"]}]}`,
}

// A boardTest asks a Board about records, and of their events the same.
type boardTest struct {
	t     testing.TB
	rules []*pattern.Pattern
	sieve *Sieve
	sift  *Sifter
}

func newBoardTest(t testing.TB) *boardTest {
	b := &boardTest{t: t, sieve: NewSieve()}
	b.sieve.TellHidden()
	for _, text := range eventRules {
		b.rules = append(b.rules, compile(t, text))
		b.sieve.Add(b.rules[len(b.rules)-1])
	}
	b.sift = NewSifter(&b.sieve.Board)
	return b
}

// ask holds the answers about one record together. It tells whether the Board gave them.
func (b *boardTest) ask(record []byte) (built bool) {
	b.t.Helper()
	hits, err := b.sift.Match(&b.sieve.Set, record, nil)
	if err != nil {
		return false
	}
	built = b.sift.Built
	var w Wrapper
	var h, read Head
	h.Parse(record)
	if b.sift.Head(&read, record); !reflect.DeepEqual(h, read) {
		b.t.Errorf("%s: its head is read as %+v, want %+v; built: %v", record, read, h, built)
	}
	event := w.Wrap(&h, record)
	hits, ok := b.sieve.Settle(built, &h, hits, func(k int) bool { return b.rules[k].Match(event) })
	if !ok {
		return false // it is left to others
	}
	if event == nil {
		b.t.Fatalf("%s: taken for one that EventBridge delivers", record)
	}
	for k, r := range b.rules {
		if got, want := slices.Contains(hits, k), r.Match(event); got != want {
			b.t.Errorf("%s of %s: %v, of the event %v; built: %v", r, record, got, want, built)
		}
	}
	want := bus.Hidden(&tocsin.Event{DetailType: viaCloudTrail, Raw: event})
	if got := b.sieve.Hidden(b.sift, func() []byte { return event }); got != want {
		b.t.Errorf("%s: hidden: %v, want %v; built: %v", record, got, want, built)
	}
	return built
}

// What rules ask of an event is asked of the record that it is made of: with the same
// answer as of the event, however odd the record is.
func TestBoardOfEvents(t *testing.T) {
	b := newBoardTest(t)
	built := map[string]bool{}
	for range 12 {
		for _, record := range oddRecords {
			if b.ask([]byte(record)) {
				built[record] = true
			}
		}
	}
	if len(built) < len(oddRecords)-12 {
		t.Errorf("only %d of %d records were read by the Board: the test shows little", len(built), len(oddRecords))
	}
}

func FuzzBoardOfEvents(f *testing.F) {
	for i, record := range oddRecords {
		f.Add([]byte(record), []byte(oddRecords[(i+1)%len(oddRecords)]))
	}
	f.Fuzz(func(t *testing.T, one, other []byte) {
		b := newBoardTest(t)
		for range 3 { // each as the Shape knows it more
			b.ask(one)
			b.ask(other)
		}
	})
}

var oddRecords = []string{
	`{"eventVersion":"1.08","eventSource":"iam.amazonaws.com","eventName":"GetUser","eventType":"AwsApiCall","awsRegion":"us-east-1","recipientAccountId":"111122223333","eventID":"e-1","eventTime":"2026-11-01T00:00:00Z"}`,
	`{"eventVersion":"1.08","eventSource":"s3.amazonaws.com","eventName":"PutObject","readOnly":false,"eventType":"AwsApiCall","awsRegion":"eu-west-1","recipientAccountId":"1","eventID":"e-2"}`,
	`{"eventVersion":"1.08","eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","eventType":"AwsConsoleSignIn","errorCode":"x"}`,
	`{"eventVersion":"1.08","eventSource":"iam.amazonaws.com","eventName":"ListUsers","eventType":"AwsConsoleAction","awsRegion":5,"recipientAccountId":null,"eventID":true}`,
	`{"eventVersion":"1.08","eventSource":"iam.amazonaws.com","eventName":"ListUsers","eventCategory":"Data","eventType":"AwsServiceEvent","awsRegion":{"a":"us-east-1"},"recipientAccountId":[]}`,
	`{"eventVersion":"1.08","source":"x","account":"111122223333","region":"us-east-1","type":"AwsConsoleSignIn","eventSource":"iam.amazonaws.com","eventType":"AwsApiCall"}`,
	`{"eventVersion":"1.08","eventSource":"iam.amazonaws.com","eventType":"AwsApiCall","source":"s3.x","account":"111122223333","region":"us-east-1","type":"AwsConsoleSignIn","id":"e-9","time":"2026"}`,
	`{"eventVersion":"1.08","eventSource":"i\u0061m.amazonaws.com","eventType":"AwsApiC\u0061ll","awsRegion":"us\u002deast-1"}`,
	`{"eventVersion":"1.08","eventSource":"iam\u002eamazonaws.com","eventType":"AwsApiCall","awsRegion":"us-east-1"}`,
	`{"eventVersion":"1.08","eventSource":"","eventType":"AwsApiCall","awsRegion":""}`,
	`{"eventVersion":"1.08","eventSource":"sts.amazonaws.com","eventName":"GetSessionToken","eventType":"AwsApiCall"}`,
	`{"eventVersion":"1.08","eventSource":"iam.amazonaws.com","eventName":"GetUser","eventType":"AwsApiCall","insightDetails":{"state":"Start"}}`,
	`{"eventVersion":"1.08","eventType":"AwsCloudTrailInsight","insightDetails":{"state":"Start","eventSource":"iam.amazonaws.com"}}`,
	`{"eventVersion":"1.08","eventSource":"iam.amazonaws.com","eventType":"AwsCloudTrailInsight","insightDetails":{"state":"Start"}}`,
	`{"eventVersion":"1.08","eventSource":"iam.amazonaws.com","eventType":"AwsNew"}`,
	`{"eventVersion":"1.08","eventSource":"iam.amazonaws.com","eventType":"AwsVpceEvent","eventCategory":"NetworkActivity"}`,
	`{"eventVersion":"1.08","eventSource":"iam.amazonaws.com","eventType":"AwsApiCall","eventType":"AwsNew"}`,
	`{"eventVersion":"1.08","eventSource":"iam.amazonaws.com","eventType":"AwsApiCall","awsRegion":"us-east-1","awsRegion":{}}`,
	`{"eventVersion":"1.08","eventSource":"iam.amazonaws.com","eventType":"AwsApiCall","awsRegion":"us-east-1","awsRegion":[],"recipientAccountId":[]}`,
	`{"eventVersion":"1","eventSource":"iam.amazonaws.com","eventType":"AwsApiCall","detail":{"eventName":"GetUser"},"detail-type":"x","source":"custom.app"}`,
	`{"eventVersion":"1.08","eventSource":"iam.amazonaws.com","eventName":"GetUser"}`,
	`{"eventVersion":"1.08","eventSource":["iam.amazonaws.com"],"eventType":"AwsApiCall"}`,
	`{"eventVersion":"1.08","eventSource":"iam.amazonaws.com","eventSource":"s3.amazonaws.com","eventType":"AwsApiCall"}`,
}
