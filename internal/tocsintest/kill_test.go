package tocsintest_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ssmincidents"

	"github.com/tocsin-io/tocsin/internal/tocsintest"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

var ctx = context.Background()

// Every event that was answered with success has its incident and its page after
// the server was killed at a random instant; none has two, except that a mail in
// flight may come again under the same Message-ID.
func TestNothingAcceptedIsLostWhenKilled(t *testing.T) {
	rounds := 20
	if os.Getenv("TOCSIN_PROVE") != "" {
		rounds = 200
	}
	t.Run("sqlite", func(t *testing.T) { killRounds(t, rounds, []string{"--data", t.TempDir()}) })
	t.Run("postgres", func(t *testing.T) {
		o := dbtest.PostgresOptions(t)
		if os.Getenv("TOCSIN_PROVE") == "" {
			rounds = 5
		}
		killRounds(t, rounds, []string{"--database", o.URL, "--key-file", o.KeyFile})
	})
}

func killRounds(t *testing.T, rounds int, data []string) {
	box := tocsintest.NewPostbox(t)
	p := tocsintest.Start(t, data, []string{"TOCSIN_SMTP_URL=" + box.URL()})
	c := tocsintest.NewClients(t, p.URL())
	c.ReplicationSet()
	contact, _ := c.Person("ann", box)
	c.Rule("findings", tocsintest.FindingPattern, c.Plan("sec", contact))

	accepted := map[string]bool{}
	for round := range rounds {
		var mu sync.Mutex
		var wg sync.WaitGroup
		stop := make(chan struct{})
		for sender := range 3 {
			wg.Go(func() {
				for n := 0; ; n++ {
					select {
					case <-stop:
						return
					default:
					}
					id := fmt.Sprintf("r%d-s%d-n%d", round, sender, n)
					if c.Put(tocsintest.Finding(id), tocsintest.Finding(id+"-b")) != nil {
						return // not accepted: it may be there or not
					}
					mu.Lock()
					accepted[id], accepted[id+"-b"] = true, true
					mu.Unlock()
				}
			})
		}
		time.Sleep(time.Duration(rand.IntN(250)) * time.Millisecond)
		p.Kill()
		close(stop)
		wg.Wait()
		p.Again()
	}
	if len(accepted) < rounds {
		t.Fatalf("only %d events were accepted in %d rounds: the test proves nothing", len(accepted), rounds)
	}
	checkMails(t, box, accepted)
	checkIncidents(t, c, accepted)
	t.Logf("%d events accepted in %d rounds, %d mails", len(accepted), rounds, len(box.Mails()))
}

var findingID = regexp.MustCompile(`finding (r\d+-s\d+-n\d+(?:-b)?)`)

// checkMails waits until each accepted event's mail has come, and checks that
// no event was mailed under two Message-IDs.
func checkMails(t *testing.T, box *tocsintest.Postbox, accepted map[string]bool) {
	t.Helper()
	seen := map[string]map[string]bool{}
	best, since := 0, time.Now() // how many have come, and since when no more did
	for {
		clear(seen)
		for _, m := range box.Mails() {
			if id := findingID.FindStringSubmatch(unfold(m.Body)); m.Kind() == "page" && id != nil {
				if seen[id[1]] == nil {
					seen[id[1]] = map[string]bool{}
				}
				seen[id[1]][m.Header.Get("Message-Id")] = true
			}
		}
		missing := ""
		for id := range accepted {
			if len(seen[id]) == 0 {
				missing = id
			}
		}
		if missing == "" {
			break
		}
		if len(seen) > best {
			best, since = len(seen), time.Now()
		}
		if time.Since(since) > 90*time.Second {
			t.Fatalf("event %s was accepted and nobody was paged (%d of %d were)", missing, len(seen), len(accepted))
		}
		time.Sleep(100 * time.Millisecond)
	}
	for id, keys := range seen {
		if len(keys) > 1 {
			t.Errorf("event %s was paged under %d Message-IDs", id, len(keys))
		}
	}
}

// unfold takes quoted-printable's soft line breaks out.
func unfold(body string) string {
	return strings.NewReplacer("=\r\n", "", "=\n", "").Replace(body)
}

func checkIncidents(t *testing.T, c *tocsintest.Clients, accepted map[string]bool) {
	t.Helper()
	count := map[string]int{}
	for _, i := range c.IncidentRecords() {
		rec, err := c.Incidents.GetIncidentRecord(ctx, &ssmincidents.GetIncidentRecordInput{Arn: i.Arn})
		if err != nil {
			t.Fatal(err)
		}
		_, id, _ := strings.Cut(*rec.IncidentRecord.DedupeString, " finding ")
		count[id]++
		if pages := c.Pages(*i.Arn); len(pages) != 1 {
			t.Errorf("incident of %s has %d pages", id, len(pages))
		}
	}
	for id := range accepted {
		if count[id] != 1 {
			t.Errorf("accepted event %s has %d incidents", id, count[id])
		}
	}
}
