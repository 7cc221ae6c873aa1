package pattern_test

import (
	"errors"
	"fmt"

	"github.com/tocsin-io/tocsin/pattern"
)

func ExamplePattern_Match() {
	p, err := pattern.Compile([]byte(`{"source":["aws.guardduty"],"detail":{"severity":[{"numeric":[">=",7]}]}}`), pattern.Service)
	if err != nil {
		fmt.Println(err)
		return
	}
	event := []byte(`{"source":"aws.guardduty","detail":{"severity":9.1}}`)
	if err := pattern.Check(event); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Match(event))
	// Output: true
}

func ExampleCompile_error() {
	_, err := pattern.Compile([]byte(`{"detail":{"state":"running"}}`), pattern.Service)
	fmt.Println(err)
	var e *pattern.Error
	if errors.As(err, &e) {
		fmt.Println(e.Line, e.Column)
	}
	// Output:
	// Event pattern is not valid. Reason: "state" must be an object or an array
	//  at [Source: (String)"{"detail":{"state":"running"}}"; line: 1, column: 21]
	// 1 21
}

func ExamplePattern_Explain() {
	p, err := pattern.Compile([]byte(`{"detail":{"severity":[7,7.1,7.2],"region":["eu-west-1"]}}`), pattern.Service)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Explain([]byte(`{"detail":{"severity":9.1}}`)))
	// Output: detail.region is missing, wanted is ["eu-west-1"]; detail.severity 9.1 is not in [7,7.1,7.2]
}

func ExampleSet() {
	var rules pattern.Set[string]
	for name, src := range map[string]string{
		"root":    `{"detail":{"userIdentity":{"type":["Root"]}}}`,
		"console": `{"detail-type":[{"prefix":"AWS Console Sign In"}]}`,
		"other":   `{"source":["aws.s3"]}`,
	} {
		p, err := pattern.Compile([]byte(src), pattern.Service)
		if err != nil {
			fmt.Println(err)
			return
		}
		rules.Add(name, p)
	}
	event := []byte(`{"detail-type":"AWS Console Sign In via CloudTrail","source":"aws.signin","detail":{"userIdentity":{"type":"Root"}}}`)
	fmt.Println(len(rules.Match(event, nil)))
	rules.Remove("root")
	fmt.Println(rules.Match(event, nil))
	// Output:
	// 2
	// [console]
}

// An event that nobody checked is checked and matched in one pass.
func ExamplePattern_CheckMatch() {
	p, err := pattern.Compile([]byte(`{"detail":{"severity":[{"numeric":[">=",7]}]}}`), pattern.Service)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, event := range []string{`{"detail":{"severity":9.1}}`, `{"detail":{"severity":}}`} {
		matched, err := p.CheckMatch([]byte(event))
		fmt.Println(matched, err != nil)
	}
	// Output:
	// true false
	// false true
}

func ExampleSet_Update() {
	compile := func(src string) *pattern.Pattern {
		p, err := pattern.Compile([]byte(src), pattern.Service)
		if err != nil {
			fmt.Println(err)
		}
		return p
	}
	var rules pattern.Set[string]
	rules.Add("severe", compile(`{"detail":{"severity":[{"numeric":[">=",7]}]}}`))
	rules.Update(func(b *pattern.Batch[string]) { // Match sees both changes or none
		b.Add("critical", compile(`{"detail":{"severity":[{"numeric":[">=",9]}]}}`))
		b.Remove("severe")
	})
	hits, err := rules.CheckMatch([]byte(`{"detail":{"severity":9.1}}`), nil)
	fmt.Println(hits, err)
	// Output: [critical] <nil>
}

func ExampleLint() {
	src := []byte(`{"source":["aws.guarduty"]}`)
	for _, f := range pattern.Lint(src, pattern.Service) {
		fmt.Println(f.Line, f.Column, f.Level, f.ID, f.Message)
		if f.Fix != nil {
			fmt.Printf("%s: %s\n", f.Fix.Message, f.Fix.Apply(src))
		}
	}
	// Output:
	// 1 12 error source-name AWS sends no events from aws.guarduty; aws.guardduty is near; so the pattern never matches
	// write aws.guardduty: {"source":["aws.guardduty"]}
}
