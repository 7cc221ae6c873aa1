package guardduty_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	client "github.com/aws/aws-sdk-go-v2/service/guardduty"
	"github.com/aws/aws-sdk-go-v2/service/guardduty/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/api/guardduty"
	"github.com/tocsin-io/tocsin/internal/auth"
	"github.com/tocsin-io/tocsin/internal/aws"
	"github.com/tocsin-io/tocsin/internal/bus"
	"github.com/tocsin-io/tocsin/internal/finding"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
	"github.com/tocsin-io/tocsin/internal/tocsintest/outside"
)

var ctx = context.Background()

const secret = "test-secret"

// a server with the guardduty service alone, over HTTP.
type server struct {
	*client.Client
	t   testing.TB
	db  *store.DB
	url string
}

func newServer(t testing.TB, db *store.DB) *server {
	t.Helper()
	b := bus.New(db, slog.New(slog.DiscardHandler))
	if err := b.Load(ctx); err != nil {
		t.Fatal(err)
	}
	pager, err := aws.NewPager([]byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(aws.NewHandler(aws.Options{Services: []*aws.Service{guardduty.New(db, b, pager)}, Log: slog.New(slog.DiscardHandler),
		Keys: func(_ context.Context, id string) (aws.Key, error) {
			return aws.Key{Secret: secret, Principal: &auth.Principal{Account: tocsin.Account(id), ARN: "arn:aws:iam::" + id + ":user/t", Name: "t", Kind: auth.KindKey, Rights: auth.Rights()}}, nil
		}}))
	t.Cleanup(h.Close)
	s := &server{t: t, db: db, url: h.URL}
	s.Client = s.client(string(dbtest.Account), string(dbtest.Region))
	return s
}

// client is AWS's own, signing with the key of an account in a region.
func (s *server) client(account, region string) *client.Client {
	return client.New(client.Options{Region: region, BaseEndpoint: &s.url, Retryer: awssdk.NopRetryer{}, HTTPClient: outside.Client{}, Credentials: credentials.NewStaticCredentialsProvider(account, secret, "")})
}

// must gives what a call answers; an error ends the test.
func must[T any](out T, err error) T {
	if err != nil {
		panic(err)
	}
	return out
}

// detector makes the detector of the test account.
func (s *server) detector() string {
	s.t.Helper()
	return *must(s.CreateDetector(ctx, &client.CreateDetectorInput{Enable: new(true)})).DetectorId
}

func message(err error) string {
	var e smithy.APIError
	if errors.As(err, &e) {
		return e.ErrorCode() + ": " + e.ErrorMessage()
	}
	return fmt.Sprint(err)
}

const (
	bad      = "BadRequestException: The request is rejected because "
	notOwned = bad + "the input detectorId is not owned by the current account."
)

func TestDetector(t *testing.T) { dbtest.Each(t, detectors) }

func detectors(t *testing.T, db *store.DB) {
	s := newServer(t, db)
	if out, err := s.ListDetectors(ctx, &client.ListDetectorsInput{}); err != nil || len(out.DetectorIds) != 0 {
		t.Errorf("detectors of a new account: %v, %v", out, err)
	}
	in := &client.CreateDetectorInput{Enable: new(true), ClientToken: new("once"), FindingPublishingFrequency: types.FindingPublishingFrequencyFifteenMinutes, Tags: map[string]string{"team": "red"},
		Features: []types.DetectorFeatureConfiguration{{Name: types.DetectorFeatureRuntimeMonitoring, Status: types.FeatureStatusEnabled,
			AdditionalConfiguration: []types.DetectorAdditionalConfiguration{{Name: types.FeatureAdditionalConfigurationEc2AgentManagement, Status: types.FeatureStatusEnabled}}}}}
	id := *must(s.CreateDetector(ctx, in)).DetectorId
	if again := *must(s.CreateDetector(ctx, in)).DetectorId; again != id || len(id) != 32 {
		t.Errorf("created %s, and again %s", id, again)
	}
	_, err := s.CreateDetector(ctx, &client.CreateDetectorInput{Enable: new(true)})
	if got, want := message(err), bad+"a detector already exists for the current account."; got != want {
		t.Errorf("a second detector: %s; want %s", got, want)
	}
	d := must(s.GetDetector(ctx, &client.GetDetectorInput{DetectorId: &id}))
	if d.Status != "ENABLED" || d.FindingPublishingFrequency != "FIFTEEN_MINUTES" || d.Tags["team"] != "red" || !strings.HasPrefix(*d.ServiceRole, "arn:aws:iam::111122223333:role/") ||
		source(d, types.DataSourceS3Logs) != "ENABLED" || source(d, types.DataSourceKubernetesAuditLogs) != "ENABLED" || *d.CreatedAt != *d.UpdatedAt {
		t.Errorf("described as %+v", d)
	}
	if got := states(d); !slices.Contains(got, "RUNTIME_MONITORING ENABLED EKS_ADDON_MANAGEMENT DISABLED ECS_FARGATE_AGENT_MANAGEMENT DISABLED EC2_AGENT_MANAGEMENT ENABLED") || len(got) != 10 {
		t.Errorf("features %q", got)
	}
	must(s.UpdateDetector(ctx, &client.UpdateDetectorInput{DetectorId: &id, Enable: new(false),
		DataSources: &types.DataSourceConfigurations{S3Logs: &types.S3LogsConfiguration{Enable: new(false)}}})) //nolint:staticcheck // clients of before features still send them
	d = must(s.GetDetector(ctx, &client.GetDetectorInput{DetectorId: &id}))
	if d.Status != "DISABLED" || d.FindingPublishingFrequency != "FIFTEEN_MINUTES" || source(d, types.DataSourceS3Logs) != "DISABLED" ||
		source(d, types.DataSourceKubernetesAuditLogs) != "ENABLED" || !slices.Contains(states(d), "S3_DATA_EVENTS DISABLED") {
		t.Errorf("updated to %+v %q", d, states(d))
	}
	if got := must(s.ListDetectors(ctx, &client.ListDetectorsInput{})).DetectorIds; !slices.Equal(got, []string{id}) {
		t.Errorf("detectors %v", got)
	}
	// Other accounts and Regions have their own and see nothing of it.
	for _, other := range []*client.Client{s.client("444455556666", "us-east-1"), s.client("111122223333", "eu-west-1")} {
		if _, err := other.GetDetector(ctx, &client.GetDetectorInput{DetectorId: &id}); message(err) != notOwned {
			t.Errorf("elsewhere: %v", err)
		}
		if out := must(other.ListDetectors(ctx, &client.ListDetectorsInput{})); len(out.DetectorIds) != 0 {
			t.Errorf("elsewhere are %v", out.DetectorIds)
		}
	}
	must(s.CreateSampleFindings(ctx, &client.CreateSampleFindingsInput{DetectorId: &id, FindingTypes: []string{"Recon:EC2/Portscan"}}))
	must(s.DeleteDetector(ctx, &client.DeleteDetectorInput{DetectorId: &id}))
	if _, err := s.GetDetector(ctx, &client.GetDetectorInput{DetectorId: &id}); message(err) != notOwned {
		t.Errorf("after it was deleted: %v", err)
	}
	second := s.detector()
	if got := must(s.ListFindings(ctx, &client.ListFindingsInput{DetectorId: &second})).FindingIds; second == id || len(got) != 0 {
		t.Errorf("a new detector %s has the findings %v", second, got)
	}
}

// source is the state of a data source, the old word for a feature.
func source(d *client.GetDetectorOutput, name types.DataSource) types.DataSourceStatus {
	all := d.DataSources //nolint:staticcheck // clients of before features still read them
	if name == types.DataSourceS3Logs {
		return all.S3Logs.Status
	}
	return all.Kubernetes.AuditLogs.Status
}

// states are a detector's features, in short.
func states(d *client.GetDetectorOutput) (all []string) {
	for _, f := range d.Features {
		text := string(f.Name) + " " + string(f.Status)
		for _, p := range f.AdditionalConfiguration {
			text += " " + string(p.Name) + " " + string(p.Status)
		}
		all = append(all, text)
	}
	return all
}

func TestTags(t *testing.T) { dbtest.Each(t, tags) }

func tags(t *testing.T, db *store.DB) {
	s := newServer(t, db)
	id := s.detector()
	arn := "arn:aws:guardduty:us-east-1:111122223333:detector/" + id
	must(s.TagResource(ctx, &client.TagResourceInput{ResourceArn: &arn, Tags: map[string]string{"a": "1", "b": "2"}}))
	must(s.UntagResource(ctx, &client.UntagResourceInput{ResourceArn: &arn, TagKeys: []string{"a", "c"}}))
	if diff := cmp.Diff(map[string]string{"b": "2"}, must(s.ListTagsForResource(ctx, &client.ListTagsForResourceInput{ResourceArn: &arn})).Tags); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
	for _, wrong := range []string{strings.Replace(arn, "us-east-1", "eu-west-1", 1), strings.Replace(arn, id, strings.Repeat("0", 32), 1)} {
		if _, err := s.ListTagsForResource(ctx, &client.ListTagsForResourceInput{ResourceArn: &wrong}); !strings.HasPrefix(message(err), bad) {
			t.Errorf("%s: %v", wrong, err)
		}
	}
}

func TestFindings(t *testing.T) { dbtest.Each(t, findings) }

func findings(t *testing.T, db *store.DB) {
	s := newServer(t, db)
	id := s.detector()
	must(s.CreateSampleFindings(ctx, &client.CreateSampleFindingsInput{DetectorId: &id}))
	all, err := finding.Types()
	if err != nil {
		t.Fatal(err)
	}
	ids := s.list(&client.ListFindingsInput{DetectorId: &id, MaxResults: new(int32(50))})
	if len(ids) != len(all) || len(slices.Compact(slices.Sorted(slices.Values(ids)))) != len(all) {
		t.Fatalf("%d findings of %d types", len(ids), len(all))
	}
	// The client reads every one of them, whole.
	severity := map[string]float64{}
	for some := range slices.Chunk(ids, 50) {
		for _, f := range must(s.GetFindings(ctx, &client.GetFindingsInput{DetectorId: &id, FindingIds: some})).Findings {
			severity[*f.Type] = *f.Severity
			if !strings.HasPrefix(*f.Title, "[SAMPLE] ") || f.Resource.ResourceType == nil || *f.Service.AdditionalInfo.Value != `{"sample":true}` || *f.Service.Count != 1 || *f.Service.Archived {
				t.Errorf("%s is shown as %+v", *f.Type, f)
			}
			if strings.HasPrefix(*f.Type, "AttackSequence") && len(f.Service.Detection.Sequence.Signals) == 0 {
				t.Errorf("%s has no signals", *f.Type)
			}
		}
	}
	for _, k := range all {
		if severity[k.Name] != k.Severity {
			t.Errorf("%s is of severity %v, want %v", k.Name, severity[k.Name], k.Severity)
		}
	}
	s.criteria(id, all)
	s.statistics(id, all)
	s.marks(id)
}

// list lists findings, all pages of them.
func (s *server) list(in *client.ListFindingsInput) (ids []string) {
	s.t.Helper()
	for {
		out := must(s.ListFindings(ctx, in))
		ids = append(ids, out.FindingIds...)
		if out.NextToken == nil {
			return ids
		}
		in.NextToken = out.NextToken
	}
}

func (s *server) criteria(id string, all []finding.Type) {
	s.t.Helper()
	severe := 0
	for _, k := range all {
		if k.Severity >= 7 {
			severe++
		}
	}
	in := func() *client.ListFindingsInput {
		return &client.ListFindingsInput{DetectorId: &id, MaxResults: new(int32(37)), FindingCriteria: &types.FindingCriteria{Criterion: map[string]types.Condition{}}}
	}
	high := in()
	high.FindingCriteria.Criterion["severity"] = types.Condition{GreaterThanOrEqual: new(int64(7))}
	if got := s.list(high); len(got) != severe {
		s.t.Errorf("%d findings of 7 and more, want %d", len(got), severe)
	}
	old := in()
	old.FindingCriteria.Criterion["severity"] = types.Condition{Gte: new(int32(7)), Neq: []string{"9"}} //nolint:staticcheck // scripts still use the old words
	if got := s.list(old); len(got) != severe-5 {
		s.t.Errorf("%d findings of 7 and more without 9, want %d", len(got), severe-5)
	}
	for _, by := range []string{"severity", "type", "createdAt"} {
		sorted := in()
		sorted.FindingCriteria = nil
		sorted.SortCriteria = &types.SortCriteria{AttributeName: &by, OrderBy: types.OrderByDesc}
		down := s.list(sorted)
		sorted.SortCriteria, sorted.NextToken = &types.SortCriteria{AttributeName: &by, OrderBy: types.OrderByAsc}, nil
		up := s.list(sorted)
		slices.Reverse(up)
		if len(down) != len(all) || !slices.Equal(down, up) {
			s.t.Errorf("by %s: %d down, %d up, or not the reverse", by, len(down), len(up))
		}
		first := must(s.GetFindings(ctx, &client.GetFindingsInput{DetectorId: &id, FindingIds: down[:1]})).Findings[0]
		if by == "severity" && *first.Severity != 9 || by == "type" && *first.Type != all[len(all)-1].Name {
			s.t.Errorf("by %s the first is %s of %v", by, *first.Type, *first.Severity)
		}
	}
}

func (s *server) statistics(id string, all []finding.Type) {
	s.t.Helper()
	want := map[string]int32{}
	for _, k := range all {
		want[fmt.Sprintf("%.1f", k.Severity)]++
	}
	out := must(s.GetFindingsStatistics(ctx, &client.GetFindingsStatisticsInput{DetectorId: &id,
		FindingStatisticTypes: []types.FindingStatisticType{types.FindingStatisticTypeCountBySeverity}})) //nolint:staticcheck // as clients of before groupBy ask
	if diff := cmp.Diff(want, out.FindingStatistics.CountBySeverity); diff != "" { //nolint:staticcheck // as above
		s.t.Errorf("statistics (-want +got):\n%s", diff)
	}
}

// marks archives, judges, and sends again.
func (s *server) marks(id string) {
	s.t.Helper()
	kind := []string{"Recon:EC2/Portscan"}
	only := &types.FindingCriteria{Criterion: map[string]types.Condition{"type": {Equals: kind}}}
	of := s.list(&client.ListFindingsInput{DetectorId: &id, FindingCriteria: only})
	if len(of) != 1 {
		s.t.Fatalf("findings of one type: %v", of)
	}
	get := func() types.Finding {
		return must(s.GetFindings(ctx, &client.GetFindingsInput{DetectorId: &id, FindingIds: []string{of[0], "nothing", of[0]}})).Findings[0]
	}
	archived := func() []string {
		return s.list(&client.ListFindingsInput{DetectorId: &id, FindingCriteria: &types.FindingCriteria{Criterion: map[string]types.Condition{"service.archived": {Equals: []string{"true"}}}}})
	}
	before := get()
	must(s.ArchiveFindings(ctx, &client.ArchiveFindingsInput{DetectorId: &id, FindingIds: of}))
	must(s.UpdateFindingsFeedback(ctx, &client.UpdateFindingsFeedbackInput{DetectorId: &id, FindingIds: of, Feedback: types.FeedbackNotUseful, Comments: new("noise")}))
	must(s.CreateSampleFindings(ctx, &client.CreateSampleFindingsInput{DetectorId: &id, FindingTypes: kind}))
	f := get()
	if !*f.Service.Archived || *f.Service.UserFeedback != "NOT_USEFUL" || *f.Service.Count != 2 || *f.CreatedAt != *before.CreatedAt || *f.UpdatedAt <= *before.UpdatedAt || *f.Id != *before.Id {
		s.t.Errorf("sent again: %+v %+v", f, f.Service)
	}
	if got := archived(); !slices.Equal(got, of) {
		s.t.Errorf("archived are %v, want %v", got, of)
	}
	if first := must(s.ListFindings(ctx, &client.ListFindingsInput{DetectorId: &id, MaxResults: new(int32(1))})); first.FindingIds[0] != of[0] {
		s.t.Errorf("the one that was updated last is %s, listed is %v", of[0], first.FindingIds)
	}
	must(s.UnarchiveFindings(ctx, &client.UnarchiveFindingsInput{DetectorId: &id, FindingIds: of}))
	if got := archived(); len(got) != 0 {
		s.t.Errorf("archived are %v, want none", got)
	}
}

func TestDetectorPages(t *testing.T) { dbtest.Each(t, detectorPages) }

func detectorPages(t *testing.T, db *store.DB) {
	s := newServer(t, db)
	own := s.detector()
	want := []string{own}
	err := db.Update(ctx, dbtest.Who, func(tx *store.Tx) error {
		for _, c := range "abcde" {
			id := strings.Repeat(string(c), 32)
			want = append(want, id)
			if err := tx.PutDetector(&tocsin.Detector{Account: tx.Account(), Region: tx.Region(), ID: id}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int32{1, 2, 3, 6, 50} {
		var got []string
		for p := client.NewListDetectorsPaginator(s.Client, &client.ListDetectorsInput{MaxResults: &size}); p.HasMorePages(); {
			got = append(got, must(p.NextPage(ctx)).DetectorIds...)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("pages of %d (-want +got):\n%s", size, diff)
		}
	}
}

// send sends what no client would; it gives the status and the body.
func (s *server) send(route, body string) (status int, kind, answer string) {
	s.t.Helper()
	method, path, _ := strings.Cut(route, " ")
	r := must(http.NewRequestWithContext(ctx, method, s.url+path, strings.NewReader(body)))
	r.Header.Set("Content-Type", "application/json")
	sum := sha256.Sum256([]byte(body))
	err := v4.NewSigner().SignHTTP(ctx, awssdk.Credentials{AccessKeyID: string(dbtest.Account), SecretAccessKey: secret}, r, hex.EncodeToString(sum[:]), "guardduty", string(dbtest.Region), time.Now())
	if err != nil {
		s.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode, resp.Header.Get("X-Amzn-Errortype"), string(bytes.TrimSpace(must(io.ReadAll(resp.Body))))
}

func TestBad(t *testing.T) { dbtest.Each(t, badRequests) }

func badRequests(t *testing.T, db *store.DB) {
	s := newServer(t, db)
	id := s.detector()
	d := "/detector/" + id
	writes := func() (n int) {
		err := db.View(ctx, dbtest.Who, func(tx *store.Tx) error {
			all, err := tx.AuditLog(store.Cursor{}, 1000)
			n = len(all)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := writes()
	const invalid = "The request is rejected because the parameter "
	for _, c := range []struct{ route, body, want string }{
		{"POST /detector", `{"enable":true}`, "a detector already exists for the current account."},
		{"POST /detector", `{}`, "enable"},
		{"POST /detector", `{"enable":"yes"}`, ""},
		{"POST " + d, `{"findingPublishingFrequency":"DAILY"}`, "FIFTEEN_MINUTES"},
		{"POST " + d, `{"features":[{"name":"S3_DATA_EVENTS"}]}`, "each of features needs a name and a status"},
		{"POST " + d, `{"features":[{"name":"S3_DATA_EVENTS","status":"ENABLED"}],"dataSources":{"s3Logs":{"enable":true}}}`, "dataSources and features cannot be given together"},
		{"POST " + d, `{"features":[{"name":"S3_DATA_EVENTS","status":"ENABLED"},{"name":"S3_DATA_EVENTS","status":"DISABLED"}]}`, "given twice"},
		{"POST " + d, `{"features":[{"name":"EKS_RUNTIME_MONITORING","status":"ENABLED"},{"name":"RUNTIME_MONITORING","status":"ENABLED"}]}`, "only one of"},
		{"POST " + d + "/findings/create", `{"findingTypes":["Recon:EC2/Nothing"]}`, invalid + "findingTypes has an invalid value: there is no finding type Recon:EC2/Nothing."},
		{"POST " + d + "/findings/create", `{"findingTypes":[` + strings.Repeat(`"Recon:EC2/Portscan",`, 50) + `"Recon:EC2/Portscan"]}`, "less than or equal to 50"},
		{"POST " + d + "/findings", `{"findingCriteria":{"criterion":{"nothing":{"eq":["x"]}}}}`, invalid + "findingCriteria has an invalid value: findings have no field nothing."},
		{"POST " + d + "/findings", `{"findingCriteria":{"criterion":{"type":{"matches":["x*"]}}}}`, "type has no condition"},
		{"POST " + d + "/findings", `{"sortCriteria":{"attributeName":"nothing"}}`, invalid + "sortCriteria"},
		{"POST " + d + "/findings", `{"maxResults":51}`, "less than or equal to 50"},
		{"POST " + d + "/findings", `{"nextToken":"x"}`, invalid + "nextToken has an invalid value."},
		{"POST " + d + "/findings/get", `{"findingIds":[` + strings.Repeat(`"x",`, 50) + `"x"]}`, "less than or equal to 50"},
		{"POST " + d + "/findings/archive", `{"findingIds":["x"]}`, invalid + "findingIds has an invalid value: the detector has no finding x."},
		{"POST " + d + "/findings/feedback", `{"findingIds":["x"],"feedback":"GREAT"}`, "USEFUL"},
		{"POST " + d + "/findings/statistics", `{"findingStatisticTypes":["COUNT"]}`, "COUNT_BY_SEVERITY"},
		{"DELETE /tags/arn%3Aaws%3Aguardduty%3Aus-east-1%3A111122223333%3Afilter%2F" + id + "?tagKeys=a", "", "detector"},
		{"GET /detector/x", "", "the input detectorId is not owned by the current account."},
		{"POST /detector/x", "{}", "the input detectorId is not owned by the current account."},
		{"DELETE /detector/x", "", "the input detectorId is not owned by the current account."},
		{"POST /detector/x/findings", "{}", "the input detectorId is not owned by the current account."},
		{"POST /detector/x/findings/create", "{}", "the input detectorId is not owned by the current account."},
		{"POST /detector/x/findings/get", `{"findingIds":[]}`, "the input detectorId is not owned by the current account."},
		{"POST /detector/x/findings/archive", `{"findingIds":[]}`, "the input detectorId is not owned by the current account."},
		{"POST /detector/x/findings/statistics", `{"findingStatisticTypes":[]}`, "the input detectorId is not owned by the current account."},
	} {
		status, kind, body := s.send(c.route, c.body)
		var fault struct {
			Message string
			Type    string `json:"__type"`
		}
		err := json.Unmarshal([]byte(body), &fault)
		if c.want == "" { // what is no value of its type is no question of the model's limits
			if status != 400 || kind != "SerializationException" {
				t.Errorf("%s %s: %d %s %s", c.route, c.body, status, kind, body)
			}
			continue
		}
		if err != nil || status != 400 || kind != "BadRequestException" || !strings.Contains(fault.Message, c.want) {
			t.Errorf("%s %s: %d %s %s; want %q", c.route, c.body, status, kind, body, c.want)
		}
		if strings.HasPrefix(fault.Message, "The request is rejected") && fault.Type != "InvalidInputException" {
			t.Errorf("%s %s: __type %q", c.route, c.body, fault.Type)
		}
	}
	if status, kind, body := s.send("POST "+d+"/filter", `{"name":"x","findingCriteria":{"a":[1]}}`); status != 501 || kind != "NotImplementedException" {
		t.Errorf("an operation that is not built: %d %s %s", status, kind, body)
	}
	if n := writes() - before; n != 0 {
		t.Errorf("bad requests wrote %d times", n)
	}
}
