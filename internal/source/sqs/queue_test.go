package sqs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin/internal/source"
)

// fake is a queue in memory that keeps SQS's rules: what was given is hidden for as
// long as was said, and what is deleted is gone.
type fake struct {
	mu      sync.Mutex
	all     []*kept
	asked   int       // receives that are waiting
	most    int       // such receives at a time
	fail    error     // of every call
	refuse  string    // the code with which deletions fail, one by one
	removed []string  // bodies of what was deleted
	hidden  []string  // what was said of visibility, "body 5"
	times   []string  // when each message was given, since the beginning
	began   time.Time // when that was
}

type kept struct {
	body  string
	until time.Time // when it is given again
	came  int
}

func newFake(bodies ...string) *fake {
	f := &fake{began: time.Now()}
	for _, b := range bodies {
		f.all = append(f.all, &kept{body: b})
	}
	return f
}

func (f *fake) ReceiveMessage(ctx context.Context, in *sqs.ReceiveMessageInput, _ ...func(*sqs.Options)) (*sqs.ReceiveMessageOutput, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked++
	f.most = max(f.most, f.asked)
	defer func() { f.asked-- }()
	for end := time.Now().Add(time.Duration(in.WaitTimeSeconds) * time.Second); ; {
		if f.fail != nil || ctx.Err() != nil {
			return nil, errors.Join(f.fail, ctx.Err())
		}
		out := &sqs.ReceiveMessageOutput{}
		for i, m := range f.all {
			if m == nil || time.Now().Before(m.until) || len(out.Messages) == int(in.MaxNumberOfMessages) {
				continue
			}
			m.until = time.Now().Add(time.Duration(in.VisibilityTimeout) * time.Second)
			m.came++
			f.times = append(f.times, fmt.Sprintf("%s after %v", short(m.body), time.Since(f.began)))
			out.Messages = append(out.Messages, types.Message{Body: &m.body, MessageId: aws.String("id-" + strconv.Itoa(i)), ReceiptHandle: aws.String(strconv.Itoa(i)),
				Attributes: map[string]string{"ApproximateReceiveCount": strconv.Itoa(m.came)}})
		}
		if len(out.Messages) > 0 || !time.Now().Before(end) {
			return out, nil
		}
		f.mu.Unlock()
		select {
		case <-ctx.Done():
			f.mu.Lock()
			return nil, ctx.Err()
		case <-time.After(time.Second):
			f.mu.Lock()
		}
	}
}

func (f *fake) DeleteMessageBatch(ctx context.Context, in *sqs.DeleteMessageBatchInput, _ ...func(*sqs.Options)) (*sqs.DeleteMessageBatchOutput, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail != nil || ctx.Err() != nil {
		return nil, errors.Join(f.fail, ctx.Err())
	}
	out := &sqs.DeleteMessageBatchOutput{}
	for i, e := range in.Entries {
		if f.refuse != "" && i > 0 { // the first succeeds
			out.Failed = append(out.Failed, types.BatchResultErrorEntry{Id: e.Id, Code: &f.refuse, Message: aws.String("not now")})
			continue
		}
		n, _ := strconv.Atoi(*e.ReceiptHandle)
		f.removed = append(f.removed, short(f.all[n].body))
		f.all[n] = nil
	}
	return out, nil
}

func (f *fake) ChangeMessageVisibilityBatch(ctx context.Context, in *sqs.ChangeMessageVisibilityBatchInput, _ ...func(*sqs.Options)) (*sqs.ChangeMessageVisibilityBatchOutput, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail != nil || ctx.Err() != nil {
		return nil, errors.Join(f.fail, ctx.Err())
	}
	for _, e := range in.Entries {
		n, _ := strconv.Atoi(*e.ReceiptHandle)
		f.all[n].until = time.Now().Add(time.Duration(e.VisibilityTimeout) * time.Second)
		f.hidden = append(f.hidden, fmt.Sprintf("%s %d", short(f.all[n].body), e.VisibilityTimeout))
	}
	return &sqs.ChangeMessageVisibilityBatchOutput{}, nil
}

func (f *fake) look(fn func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	fn()
}

// short names a message of a test.
func short(body string) string {
	if i := strings.Index(body, `"id":"`); i >= 0 {
		body = body[i+6:]
		return body[:strings.IndexByte(body, '"')]
	}
	return body
}

func event(id string) string {
	return `{"source":"test","detail-type":"t","id":"` + id + `","detail":{}}`
}

// later opens logs that take their time, in fake time.
type later struct {
	long time.Duration
	fail func() error
	text string
}

func (l *later) Object(bucket, key, _ string) source.Input {
	return source.Input{Path: "s3://" + bucket + "/" + key, Open: func(ctx context.Context) (io.ReadCloser, error) {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(l.long):
		}
		if l.fail != nil {
			if err := l.fail(); err != nil {
				return nil, err
			}
		}
		return io.NopCloser(strings.NewReader(l.text)), nil
	}}
}

// reading runs a source in a bubble until what it gives back is called.
func reading(t *testing.T, f *fake, s *station, logs Logs) (stop func()) {
	t.Helper()
	q := &Queue{URL: "https://sqs.us-east-1.amazonaws.com/111122223333/q", Client: f, Logs: logs, wait: longPoll}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- q.Run(ctx, s.in) }()
	return func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("Run ended with %v", err)
		}
	}
}

func TestMessagesComeAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStation(t)
		mend := s.fail()
		f := newFake(event("a"), "junk")
		stop := reading(t, f, s, nil)
		time.Sleep(40 * time.Second) // fake
		f.look(func() {
			// It is asked more slowly, and what was left rests longer each time.
			want := []string{"a after 0s", "junk after 0s", "a after 5s", "junk after 5s", "a after 15s", "junk after 15s", "a after 35s", "junk after 35s"}
			if diff := cmp.Diff(want, f.times); diff != "" {
				t.Errorf("given (-want +got)\n%s", diff)
			}
			if want := []string{"a 5", "junk 5", "a 10", "junk 10", "a 20", "junk 20", "a 40", "junk 40"}; !slices.Equal(f.hidden, want) {
				t.Errorf("left for %v, want %v", f.hidden, want)
			}
		})
		if st := s.in.Status(); !strings.Contains(st.Error, "the disk is full") { // though the queue was empty when it was asked last
			t.Errorf("%+v", st)
		}
		mend()
		time.Sleep(2 * time.Minute)
		stop()
		if got := s.titles(); !slices.Equal(got, []string{"Title: test"}) || len(s.letters()) != 1 || !slices.Equal(f.removed, []string{"a", "junk"}) || s.in.Status().Error != "" {
			t.Errorf("incidents %v, put aside %v, deleted %v, %+v", got, s.letters(), f.removed, s.in.Status())
		}
	})
}

// What is malformed in a message keeps back nothing that is good in it; the message
// stands among the dead letters once, and is deleted.
func TestPartlyMalformed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStation(t)
		f := newFake(`[`+event("a")+`,{"nonsense":1}]`, "junk")
		stop := reading(t, f, s, nil)
		time.Sleep(time.Minute)
		stop()
		if got := s.titles(); !slices.Equal(got, []string{"Title: test"}) || len(s.letters()) != 2 || !slices.Equal(f.removed, []string{"a", "junk"}) {
			t.Errorf("incidents %v, put aside %v, deleted %v", got, s.letters(), f.removed)
		}
	})
}

// A log that takes long is kept from others until it is done, and keeps nothing
// that came with it back.
func TestLongTake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStation(t)
		s.in.Files.Idle = time.Hour
		f := newFake(`{"s3Bucket":"b","s3ObjectKey":["x.json"],"id":"log"}`, event("a"))
		tries := 0
		logs := &later{long: 150 * time.Second, text: `{"Records":[` + call + `]}`, fail: func() error {
			if tries++; tries == 1 {
				return errors.New("away")
			}
			return nil
		}}
		stop := reading(t, f, s, logs)
		time.Sleep(10 * time.Second) // fake
		f.look(func() {
			if !slices.Equal(f.removed, []string{"a"}) {
				t.Errorf("deleted %v at first", f.removed)
			}
		})
		time.Sleep(150 * time.Second)
		if st := s.in.Status(); st.Matched != 1 || !strings.Contains(st.Error, "a log cannot be read now, it is tried again: s3://b/x.json: away") {
			t.Errorf("%+v", st)
		}
		f.look(func() {
			if want := []string{"log 60", "log 60", "log 60", "log 60", "log 60", "log 60", "log 60", "log 5"}; !slices.Equal(f.hidden, want) {
				t.Errorf("hidden %v, want %v", f.hidden, want)
			}
		})
		time.Sleep(200 * time.Second)
		f.look(func() {
			if want := []string{"a", "log"}; !slices.Equal(f.removed, want) || f.all[0] != nil {
				t.Errorf("deleted %v, want %v", f.removed, want)
			}
			if n := len(f.times); n != 3 {
				t.Errorf("given %v", f.times)
			}
		})
		if st := s.in.Status(); st.Matched != 2 || st.Error != "" || len(s.letters()) > 0 {
			t.Errorf("%+v, put aside %v", st, s.letters())
		}
		stop()
	})
}

// A server that stops gives back what it has not done.
func TestStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStation(t)
		f := newFake(`{"s3Bucket":"b","s3ObjectKey":["x.json"],"id":"log"}`)
		stop := reading(t, f, s, &later{long: time.Hour})
		time.Sleep(5 * time.Second) // fake
		began := time.Now()
		stop()
		if d := time.Since(began); d > lastWords {
			t.Errorf("stopped after %v", d)
		}
		if want := []string{"log 0"}; !slices.Equal(f.hidden, want) {
			t.Errorf("hidden %v, want %v", f.hidden, want)
		}
		if st := s.in.Status(); st.Error != "" {
			t.Errorf("%+v", st)
		}
	})
}

func TestDeletionFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStation(t)
		f := newFake(event("a"), event("b"), event("c"))
		f.refuse = "InternalError"
		stop := reading(t, f, s, nil)
		time.Sleep(30 * time.Second) // fake
		f.look(func() {
			if want := []string{"a", "b"}; !slices.Equal(f.removed, want) { // b at the second try
				t.Errorf("deleted %v, want %v", f.removed, want)
			}
			f.refuse = "AccessDenied"
		})
		if st := s.in.Status(); !strings.Contains(st.Error, "InternalError: not now") {
			t.Errorf("%+v", st)
		}
		f.look(func() { f.refuse = "" })
		time.Sleep(4 * time.Minute)
		stop()
		if st := s.in.Status(); st.Matched != 3 || st.Repeats != 1 || st.Error != "" || !slices.Equal(f.removed, []string{"a", "b", "c"}) {
			t.Errorf("deleted %v; %+v", f.removed, st)
		}
	})
}

// A busy queue is asked by several at a time, an empty one by one.
func TestReaders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStation(t)
		var many []string
		for i := range 100 {
			many = append(many, event("e"+strconv.Itoa(i)))
		}
		f := newFake(many...)
		stop := reading(t, f, s, nil)
		time.Sleep(70 * time.Second) // fake, amid a long poll
		f.look(func() {
			if len(f.removed) != 100 || f.most != 1+helpers || f.asked != 1 {
				t.Errorf("%d deleted; %d readers at the most, %d at last", len(f.removed), f.most, f.asked)
			}
		})
		if st := s.in.Status(); st.Matched != 100 || st.Error != "" {
			t.Errorf("%+v", st)
		}
		stop()
	})
}

func TestTrouble(t *testing.T) {
	for _, c := range []struct {
		err  error
		says string
	}{
		{&types.QueueDoesNotExist{Message: aws.String("none")}, "there is no such queue: make it, or correct url and region (QueueDoesNotExist: none)"},
		{&smithy.GenericAPIError{Code: "AccessDenied", Message: "no"}, "allow sqs:ReceiveMessage, sqs:DeleteMessage and sqs:ChangeMessageVisibility"},
		{&smithy.GenericAPIError{Code: "ThrottlingException"}, "called less often"},
		{&types.KmsAccessDenied{}, "allow kms:Decrypt"},
		{&smithy.GenericAPIError{Code: "Unheard", Message: "of"}, "SQS refuses (Unheard: of)"},
		{&url.Error{Op: "Post", URL: "http://x", Err: errors.New("connection refused")}, "SQS cannot be reached: connection refused"},
		{&url.Error{Op: "Post", URL: "http://x", Err: context.DeadlineExceeded}, "no answer in time"},
		{io.ErrUnexpectedEOF, "SQS cannot be understood: operation error SQS: unexpected EOF"},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newStation(t)
			f := newFake()
			f.fail = fmt.Errorf("operation error SQS: %w", c.err)
			stop := reading(t, f, s, nil)
			time.Sleep(time.Minute) // fake
			if got := s.in.Status().Error; !strings.Contains(got, c.says) || !strings.HasPrefix(got, "queue https://sqs.us-east-1.amazonaws.com/111122223333/q: ") {
				t.Errorf("%q, want %q", got, c.says)
			}
			f.look(func() { f.fail, f.all = nil, append(f.all, &kept{body: event("a")}) })
			time.Sleep(lastPause + time.Second)
			if st := s.in.Status(); st.Error != "" || st.Matched != 1 {
				t.Errorf("after it: %+v", st)
			}
			stop()
		})
	}
}

// What is at the other end may be nobody, or lie.
func TestOtherEnd(t *testing.T) {
	t.Setenv("AWS_MAX_ATTEMPTS", "1")
	answer := func(status int, body string) http.RoundTripper {
		return roundTrip(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}}, Body: io.NopCloser(strings.NewReader(body))}, nil
		})
	}
	for _, c := range []struct {
		name string
		end  http.RoundTripper
		says string
	}{
		{"nobody", roundTrip(func(*http.Request) (*http.Response, error) { return nil, errors.New("connection refused") }), "SQS cannot be reached: connection refused"},
		{"another server", answer(404, "<html>no</html>"), "SQS"},
		{"no end", roundTrip(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(io.MultiReader(strings.NewReader(`{"Messages":[{"Body":"`), endless{}))}, nil
		}), "SQS cannot be understood"},
		{"too many", answer(200, `{"Messages":[`+strings.Repeat(`{"Body":"a"},`, 50)+`{"Body":"a","MD5OfBody":"0cc175b9c0f1b6a831c399e269772661"}]}`), "SQS"},
		{"another text", answer(200, `{"Messages":[{"Body":"a","MD5OfBody":"00000000000000000000000000000000"}]}`), "checksum"},
	} {
		t.Run(c.name, func(t *testing.T) {
			set := settings{url: "https://sqs.us-east-1.amazonaws.com/111122223333/q", key: "AKIAEXAMPLE000000001", secret: "secret"}
			if err := set.check(); err != nil {
				t.Fatal(err)
			}
			q, err := set.queue()
			if err != nil {
				t.Fatal(err)
			}
			q.Client = sqs.New(q.Client.(*sqs.Client).Options(), func(o *sqs.Options) { o.HTTPClient = bounded{&http.Client{Transport: c.end}} })
			r := &run{Queue: q, in: newStation(t).in}
			if _, err := r.round(t.Context()); err == nil || !strings.Contains(r.in.Status().Error, c.says) {
				t.Errorf("%v, want %q", r.in.Status().Error, c.says)
			}
		})
	}
	t.Run("no credentials", func(t *testing.T) {
		for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"} {
			t.Setenv(name, "")
		}
		t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
		t.Setenv("AWS_CONFIG_FILE", t.TempDir()+"/none")
		t.Setenv("AWS_SHARED_CREDENTIALS_FILE", t.TempDir()+"/none")
		set := settings{url: "https://sqs.us-east-1.amazonaws.com/111122223333/q", region: "us-east-1"}
		q, err := set.queue()
		if err != nil {
			t.Fatal(err)
		}
		r := &run{Queue: q, in: newStation(t).in}
		if _, err := r.round(t.Context()); err == nil || !strings.Contains(r.in.Status().Error, "no credentials were found: set accessKeyId and secretAccessKey") {
			t.Errorf("%v", r.in.Status().Error)
		}
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

type endless struct{}

func (endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 'a'
	}
	return len(b), nil
}

func TestSettings(t *testing.T) {
	t.Setenv("AWS_REGION", "")
	t.Setenv("AWS_DEFAULT_REGION", "")
	t.Setenv("AWS_CONFIG_FILE", t.TempDir()+"/none")
	const amazon = "https://sqs.us-east-1.amazonaws.com/111122223333/security-events"
	for _, c := range []struct {
		set    source.Settings
		says   string // the reason for which it is refused
		region string
		at     string // the endpoint
	}{
		{set: source.Settings{"url": amazon}, region: "us-east-1"},
		{set: source.Settings{"url": amazon + ".fifo"}, region: "us-east-1"},
		{set: source.Settings{"url": amazon, "region": "eu-west-1"}, region: "eu-west-1"},
		{set: source.Settings{"url": "https://sqs.cn-north-1.amazonaws.com.cn/111122223333/q"}, region: "cn-north-1"},
		{set: source.Settings{"url": "https://sqs-fips.us-gov-west-1.amazonaws.com/111122223333/q"}, region: "us-gov-west-1"},
		{set: source.Settings{"url": "https://eu-west-1.queue.amazonaws.com/111122223333/q"}, region: "eu-west-1"},
		{set: source.Settings{"url": "https://queue.amazonaws.com/111122223333/q"}, region: "us-east-1"},
		{set: source.Settings{"url": "https://vpce-0a-b.sqs.eu-west-1.vpce.amazonaws.com/111122223333/q"}, region: "eu-west-1", at: "https://vpce-0a-b.sqs.eu-west-1.vpce.amazonaws.com"},
		{set: source.Settings{"url": amazon, "endpoint": "https://sqs.example.org"}, region: "us-east-1", at: "https://sqs.example.org"},
		{set: source.Settings{"url": "http://127.0.0.1:5000/123456789012/q", "region": "us-east-1"}, region: "us-east-1", at: "http://127.0.0.1:5000"},
		{set: source.Settings{"url": "http://sqs.eu-west-1.localhost.localstack.cloud:4566/000000000000/q"}, region: "eu-west-1", at: "http://sqs.eu-west-1.localhost.localstack.cloud:4566"},
		{set: source.Settings{"url": amazon, "fetch": "true", "s3Endpoint": "http://127.0.0.1:9000"}, region: "us-east-1"},
		{set: source.Settings{"url": "http://127.0.0.1:5000/123456789012/q"}, says: "region is missing"},
		{set: source.Settings{"url": "security-events"}, says: "not the URL of a queue"},
		{set: source.Settings{"url": "arn:aws:sqs:us-east-1:111122223333:q"}, says: "not the URL of a queue"},
		{set: source.Settings{"url": "http://sqs.us-east-1.amazonaws.com/111122223333/q"}, says: "AWS has no queue"},
		{set: source.Settings{"url": "https://sqs.us-east-1.amazonaws.com/q"}, says: "AWS has no queue"},
		{set: source.Settings{"url": "https://a:b@sqs.example.org/1/q"}, says: "must not hold a password"},
		{set: source.Settings{"url": amazon, "region": "Ireland"}, says: "region must be like us-east-1"},
		{set: source.Settings{"url": amazon, "accessKeyId": "AKIA"}, says: "give both"},
		{set: source.Settings{"url": amazon, "endpoint": "sqs.example.org"}, says: "endpoint must be like"},
		{set: source.Settings{"url": amazon, "fetch": "yes"}, says: "fetch must be true or false"},
		{set: source.Settings{"url": amazon, "s3Endpoint": "http://127.0.0.1:9000"}, says: "of use only with fetch"},
		{set: source.Settings{"url": amazon, "fetch": "true", "s3Endpoint": "127.0.0.1:9000"}, says: "s3Endpoint must be like"},
	} {
		_, err := Connector.Open(c.set)
		if c.says != "" {
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v: %v, want %q", c.set, err, c.says)
			}
			continue
		}
		if err != nil {
			t.Errorf("%v: %v", c.set, err)
			continue
		}
		got := settings{url: c.set["url"], region: c.set["region"], endpoint: c.set["endpoint"]}
		if err := got.check(); err != nil || got.region != c.region || got.endpoint != c.at {
			t.Errorf("%v: region %q at %q, want %q at %q", c.set, got.region, got.endpoint, c.region, c.at)
		}
	}
}
