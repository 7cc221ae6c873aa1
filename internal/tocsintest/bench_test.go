package tocsintest_test

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	ebtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/tocsin-io/tocsin/internal/tocsintest"
)

// These benchmarks drive the built binary from outside, on SQLite with
// synchronous=FULL. The load comes from the same machine, so what the server
// reaches alone is more. docs/performance.md has the numbers.

// scene is a server with people, plans and rules.
type scene struct {
	box *tocsintest.Postbox
	p   *tocsintest.Process
	c   *tocsintest.Clients
}

func newScene(b *testing.B) *scene {
	b.Helper()
	box := tocsintest.NewPostbox(b)
	p := tocsintest.Start(b, []string{"--data", b.TempDir()}, []string{"TOCSIN_SMTP_URL=" + box.URL()})
	s := &scene{box, p, tocsintest.NewClients(b, p.URL())}
	s.c.ReplicationSet()
	return s
}

// BenchmarkEventToMail: from PutEvents being called to the SMTP server having
// the whole mail, one event at a time on an idle server.
func BenchmarkEventToMail(b *testing.B) {
	s := newScene(b)
	contact, _ := s.c.Person("ann", s.box)
	s.c.Rule("findings", tocsintest.FindingPattern, s.c.Plan("sec", contact))
	var took []time.Duration
	for n := 0; b.Loop(); n++ {
		id := fmt.Sprintf("r0-s0-n%d", n)
		began := time.Now()
		if err := s.c.Put(tocsintest.Finding(id)); err != nil {
			b.Fatal(err)
		}
		m := s.box.Wait(b, "page", 10*time.Second, func(m tocsintest.Mail) bool {
			return m.Kind() == "page" && strings.Contains(unfold(m.Body), "finding "+id+"\r\n")
		})
		took = append(took, m.Time.Sub(began))
	}
	report(b, took)
}

func report(b *testing.B, took []time.Duration) {
	slices.Sort(took)
	at := func(q float64) float64 { return float64(took[int(q*float64(len(took)-1))].Microseconds()) / 1000 }
	b.ReportMetric(at(0.5), "p50-ms")
	b.ReportMetric(at(0.99), "p99-ms")
	b.ReportMetric(at(1), "max-ms")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkStorm: 200 people on 200 plans are paged by events that come at once,
// with a provider that takes 200 ms a message; the time of the last mail.
func BenchmarkStorm(b *testing.B) {
	const people = 200
	s := newScene(b)
	for i := range people {
		name := fmt.Sprintf("p%d", i)
		contact, _ := s.c.Person(name, s.box)
		s.c.Rule(name, fmt.Sprintf(`{"source":["aws.guardduty"],"detail":{"type":["Recon:EC2/PortProbeUnprotectedPort"],"service":[{"exists":false}],"id":[{"prefix":"r%d-"}]}}`, i),
			s.c.Plan(name, contact))
	}
	s.box.Delay = 200 * time.Millisecond
	round := 0
	for b.Loop() {
		before := len(s.box.Mails())
		began := time.Now()
		var wg sync.WaitGroup
		for i := 0; i < people; i += 10 {
			wg.Go(func() {
				batch := make([]string, 0, 10)
				for k := range 10 {
					batch = append(batch, fmt.Sprintf("r%d-s0-n%d", i+k, round))
				}
				if err := putFindings(s.c, batch); err != nil {
					b.Error(err)
				}
			})
		}
		wg.Wait()
		for len(s.box.Mails())-before < people {
			if time.Since(began) > time.Minute {
				b.Fatalf("%d of %d mails within a minute", len(s.box.Mails())-before, people)
			}
			time.Sleep(time.Millisecond)
		}
		last := s.box.Mails()[before+people-1]
		b.ReportMetric(last.Time.Sub(began).Seconds(), "last-mail-s")
		round++
	}
	b.ReportMetric(0, "ns/op")
}

func putFindings(c *tocsintest.Clients, ids []string) error {
	for chunk := range slices.Chunk(ids, 10) {
		entries := make([]ebtypes.PutEventsRequestEntry, 0, len(chunk))
		for _, id := range chunk {
			entries = append(entries, tocsintest.Finding(id))
		}
		if err := c.Put(entries...); err != nil {
			return err
		}
	}
	return nil
}

// BenchmarkPutEventsNoMatch: events a second over HTTP in batches of 10, signed,
// none matched by any of 300 rules; beside it a bare net/http server that reads
// the same requests.
func BenchmarkPutEventsNoMatch(b *testing.B) {
	s := newScene(b)
	for i := range 300 {
		name := fmt.Sprintf("rule-%d", i)
		s.c.Rule(name, fmt.Sprintf(`{"source":["aws.s3"],"detail":{"eventName":["Never%d"]}}`, i), "arn:aws:ssm-incidents::000000000000:response-plan/none")
	}
	bare := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		_, _ = io.WriteString(w, `{"FailedEntryCount":0}`)
	}))
	defer bare.Close()
	entries := make([]string, 10)
	for i := range entries {
		entries[i] = `{"Source":"aws.s3","DetailType":"AWS API Call via CloudTrail","Detail":` + strconv.Quote(cloudTrailDetail) + `}`
	}
	body := `{"Entries":[` + strings.Join(entries, ",") + `]}`
	for b.Loop() {
		ours := pound(b, s.p.Addr, sign(b, s.p.URL(), body), 3*time.Second, `"FailedEntryCount":0`)
		limit := pound(b, strings.TrimPrefix(bare.URL, "http://"), sign(b, bare.URL, body), time.Second, `"FailedEntryCount":0`)
		b.ReportMetric(ours*10, "events/s")
		b.ReportMetric(ours/limit, "of-bare-http")
	}
	b.ReportMetric(0, "ns/op")
}

const cloudTrailDetail = `{"eventVersion":"1.09","userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLE:session","arn":"arn:aws:sts::111122223333:assumed-role/app/session","accountId":"111122223333"},"eventTime":"2026-11-22T03:04:05Z","eventSource":"s3.amazonaws.com","eventName":"PutObject","awsRegion":"us-east-1","sourceIPAddress":"10.0.1.7","userAgent":"aws-sdk-go-v2/1.47.7","requestParameters":{"bucketName":"reports","key":"2026/11/22/report.csv"},"responseElements":null,"requestID":"7B4A0FABBEXAMPLE","eventID":"6f2c1c3e-1111-2222-3333-444455556666","readOnly":false,"eventType":"AwsApiCall","managementEvent":false,"recipientAccountId":"111122223333","eventCategory":"Data"}`

// BenchmarkIncidents: events a second that each open an incident and page a
// person into the outbox, committed and synced, in batches of 10; beside it how
// often this disk syncs.
func BenchmarkIncidents(b *testing.B) {
	s := newScene(b)
	contact, _ := s.c.Person("ann", s.box)
	s.c.Rule("findings", tocsintest.FindingPattern, s.c.Plan("sec", contact))
	var serial atomic.Int64
	for b.Loop() {
		began := time.Now()
		var wg sync.WaitGroup
		var done atomic.Int64
		for range 16 {
			wg.Go(func() {
				for time.Since(began) < 3*time.Second {
					ids := make([]string, 10)
					for i := range ids {
						ids[i] = fmt.Sprintf("x%d", serial.Add(1))
					}
					if err := putFindings(s.c, ids); err != nil {
						b.Error(err)
						return
					}
					done.Add(10)
				}
			})
		}
		wg.Wait()
		b.ReportMetric(float64(done.Load())/time.Since(began).Seconds(), "incidents/s")
		b.ReportMetric(syncs(b), "fsyncs/s")
	}
	b.ReportMetric(0, "ns/op")
}

// syncs measures how often a second this disk syncs a written block.
func syncs(b *testing.B) float64 {
	f, err := os.Create(filepath.Join(b.TempDir(), "sync"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	began, n := time.Now(), 0
	for ; time.Since(began) < 500*time.Millisecond; n++ {
		if _, err := f.Write(make([]byte, 4096)); err != nil {
			b.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			b.Fatal(err)
		}
	}
	return float64(n) / time.Since(began).Seconds()
}

// BenchmarkStart: from the process's start to ready, on data that exists; and
// its memory when idle.
func BenchmarkStart(b *testing.B) {
	s := newScene(b)
	for b.Loop() {
		s.p.Stop()
		began := time.Now()
		s.p.Again()
		b.ReportMetric(float64(time.Since(began).Milliseconds()), "start-ms")
	}
	time.Sleep(3 * time.Second)
	b.ReportMetric(rss(b, s.p.PID()), "idle-MB")
	b.ReportMetric(0, "ns/op")
}

var vmRSS = regexp.MustCompile(`VmRSS:\s+(\d+) kB`)

func rss(b *testing.B, pid int) float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	m := vmRSS.FindSubmatch(text)
	if m == nil {
		b.Fatal("no VmRSS")
	}
	kb, _ := strconv.ParseFloat(string(m[1]), 64)
	return kb / 1024
}

// sign gives a whole signed PutEvents request as bytes; a signature may be used
// for five minutes.
func sign(b *testing.B, url, body string) []byte {
	b.Helper()
	req, err := http.NewRequest(http.MethodPost, url+"/", strings.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", "AWSEvents.PutEvents")
	sum := sha256.Sum256([]byte(body))
	creds := aws.Credentials{AccessKeyID: tocsintest.Key, SecretAccessKey: tocsintest.Secret}
	if err := v4.NewSigner().SignHTTP(ctx, creds, req, hex.EncodeToString(sum[:]), "events", tocsintest.Region, time.Now()); err != nil {
		b.Fatal(err)
	}
	var out bytes.Buffer
	if err := req.Write(&out); err != nil {
		b.Fatal(err)
	}
	return out.Bytes()
}

// pound sends the same request over 8 connections for a while and gives the
// answers a second. It costs as little as can be: the server has the same cores.
func pound(b *testing.B, addr string, request []byte, during time.Duration, want string) float64 {
	b.Helper()
	var n atomic.Int64
	var wg sync.WaitGroup
	began := time.Now()
	for range 8 {
		wg.Go(func() {
			conn, err := net.Dial("tcp", addr)
			if err != nil {
				b.Error(err)
				return
			}
			defer conn.Close()
			in := bufio.NewReader(conn)
			for time.Since(began) < during {
				if _, err := conn.Write(request); err != nil {
					b.Error(err)
					return
				}
				res, err := http.ReadResponse(in, nil)
				if err != nil {
					b.Error(err)
					return
				}
				answer, err := io.ReadAll(res.Body)
				res.Body.Close()
				if err != nil || !bytes.Contains(answer, []byte(want)) {
					b.Errorf("%s, %v: %s", res.Status, err, answer)
					return
				}
				n.Add(1)
			}
		})
	}
	wg.Wait()
	return float64(n.Load()) / time.Since(began).Seconds()
}
