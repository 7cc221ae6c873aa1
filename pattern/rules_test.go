package pattern_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/tocsin-io/tocsin/internal/cloudtrailgen"
	"github.com/tocsin-io/tocsin/pattern"
)

// events are CloudTrail records as EventBridge delivers them, some 1.6 kB each.
var events = sync.OnceValue(func() [][]byte {
	o := cloudtrailgen.Defaults()
	o.Bytes = 20_000_000
	var b bytes.Buffer
	if _, _, err := cloudtrailgen.Envelopes(&b, o); err != nil {
		panic(err)
	}
	return bytes.Split(bytes.TrimSpace(b.Bytes()), []byte("\n"))
})

// calls are what ten rules of each set can match; the other rules name services
// that do not occur.
var calls = [][2]string{{"ec2", "RunInstances"}, {"s3", "PutObject"}, {"iam", "CreateUser"}, {"kms", "Decrypt"}, {"sts", "AssumeRole"},
	{"ec2", "TerminateInstances"}, {"cloudtrail", "StopLogging"}, {"ssm", "SendCommand"}, {"rds", "ModifyDBInstance"}, {"iam", "CreateAccessKey"}}

// rule gives the i-th rule of a set of a kind.
func rule(kind string, i int) string {
	service, name := fmt.Sprintf("svc%d", i), fmt.Sprintf("Operation%d", i)
	if i%997 == 0 && i/997 < len(calls) {
		service, name = calls[i/997][0], calls[i/997][1]
	}
	if i < 10 {
		service, name = calls[i][0], calls[i][1]
	}
	base := `"source":["aws.` + service + `"],"detail-type":["AWS API Call via CloudTrail"]`
	detail := `"eventName":["` + name + `"]`
	switch kind {
	case "exact":
	case "prefix":
		detail += fmt.Sprintf(`,"userIdentity":{"arn":[{"prefix":"arn:aws:sts::%012d:assumed-role/"}]}`, 111122223333+i)
	case "suffix":
		detail += fmt.Sprintf(`,"requestParameters":{"key":[{"suffix":"%d.csv"}]}`, i)
	case "numeric":
		detail += fmt.Sprintf(`,"requestParameters":{"maxResults":[{"numeric":[">=",%d,"<",%d]}]}`, i, i+1000)
	case "ranges": // nothing but a range
		return fmt.Sprintf(`{"detail":{"requestParameters":{"maxResults":[{"numeric":[">=",%d,"<",%d]}]}}}`, 1000+10*i, 1000+10*i+7)
	case "anything-but":
		detail += fmt.Sprintf(`,"awsRegion":[{"anything-but":["us-east-%d","eu-west-9"]}]`, i)
	case "exists":
		detail += `,"errorCode":[{"exists":false}]`
	case "ignore-case":
		detail = `"eventName":[{"equals-ignore-case":"` + strings.ToUpper(name) + `"}]`
	case "abfirst":
		return fmt.Sprintf(`{"detail":{"awsRegion":[{"anything-but":"us-east-%d"}],%s}}`, i, detail)
	case "wildcards":
		return fmt.Sprintf(`{"detail":{"requestParameters":{"key":[{"wildcard":"*-%d.csv"}]}}}`, i)
	case "contains":
		return fmt.Sprintf(`{"detail":{"requestParameters":{"key":[{"wildcard":"exports/*/team-%d/*.csv"}]}}}`, i)
	case "mixed":
		kinds := []string{"exact", "exact", "exact", "exact", "exact", "exact", "exact", "exact", "exact", "exact", "exact", "exact",
			"prefix", "prefix", "suffix", "suffix", "anything-but", "numeric", "exists", "ignore-case"}
		return rule(kinds[rand.New(rand.NewPCG(1, uint64(i))).IntN(len(kinds))], i)
	}
	return "{" + base + `,"detail":{` + detail + "}}"
}

func ruleSet(t testing.TB, kind string, n int) []*pattern.Pattern {
	ps := make([]*pattern.Pattern, n)
	for i := range ps {
		ps[i] = mustCompile(t, rule(kind, i))
	}
	return ps
}

func setOf(ps []*pattern.Pattern) *pattern.Set[int] {
	var s pattern.Set[int]
	s.Update(func(b *pattern.Batch[int]) {
		for i, p := range ps {
			b.Add(i, p)
		}
	})
	return &s
}

// records reads the CloudTrail records under a folder.
func records(t testing.TB, dir string) [][]byte {
	var all [][]byte
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".gz") {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		z, err := gzip.NewReader(f)
		if err != nil {
			return err
		}
		var log struct{ Records []json.RawMessage }
		if err := json.NewDecoder(z).Decode(&log); err != nil {
			return err
		}
		for _, r := range log.Records {
			all = append(all, r)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
