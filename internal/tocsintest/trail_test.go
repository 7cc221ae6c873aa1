package tocsintest_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/tocsintest"
)

// Every event of a log file that lay in the folder has its incident and its page,
// and none has two, though the server was killed at random instants while it read
// the file.
func TestNoLogFileIsLostWhenKilled(t *testing.T) {
	rounds := 3
	if os.Getenv("TOCSIN_PROVE") != "" {
		rounds = 50
	}
	logs := t.TempDir()
	box := tocsintest.NewPostbox(t)
	p := tocsintest.Start(t, []string{"--data", t.TempDir()}, []string{"TOCSIN_SMTP_URL=" + box.URL(),
		fmt.Sprintf(`TOCSIN_SOURCES=[{kind: cloudtrail-files, path: %q, interval: 1s}]`, logs)})
	c := tocsintest.NewClients(t, p.URL())
	c.ReplicationSet()
	contact, _ := c.Person("ann", box)
	c.Rule("findings", tocsintest.FindingPattern, c.Plan("sec", contact))
	accepted := map[string]bool{}
	for round := range rounds {
		var text strings.Builder
		for n := range 110 { // more than go into one transaction
			id := fmt.Sprintf("r%d-s0-n%d", round, n)
			accepted[id] = true
			fmt.Fprintf(&text, `{"version":"0","id":"%s","detail-type":"GuardDuty Finding","source":"aws.guardduty","account":"000000000000","time":"%s","region":"us-east-1","resources":[],"detail":%s}`+"\n",
				tocsin.NewID(), time.Now().UTC().Format(time.RFC3339), *tocsintest.Finding(id).Detail)
		}
		name := filepath.Join(logs, fmt.Sprintf("%d.jsonl", round))
		if err := os.WriteFile(name+".part", []byte(text.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		minute := time.Now().Add(-time.Minute) // so that it is not waited for to be whole
		if err := os.Chtimes(name+".part", minute, minute); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(name+".part", name); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(rand.IntN(1500)) * time.Millisecond)
		p.Kill()
		p.Again()
	}
	checkMails(t, box, accepted)
	checkIncidents(t, c, accepted)
}
