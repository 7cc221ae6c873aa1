package tocsintest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ssmincidents"

	"github.com/tocsin-io/tocsin/internal/tocsintest"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

// The commands of docs/quickstart.md work as they stand there, with the stock
// aws CLI, on both databases: from nothing to a resolved incident.
func TestQuickstart(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { quickstart(t, []string{"--data", t.TempDir()}) })
	t.Run("postgres", func(t *testing.T) {
		o := dbtest.PostgresOptions(t)
		quickstart(t, []string{"--database", o.URL, "--key-file", o.KeyFile})
	})
}

func quickstart(t *testing.T, data []string) {
	needCLI(t)
	box := tocsintest.NewPostbox(t)
	p := tocsintest.Start(t, data, []string{"TOCSIN_SMTP_URL=" + box.URL()})
	sh := &shell{t: t, dir: t.TempDir(), url: p.URL()}
	blocks := shellBlocks(t, "../../docs/quickstart.md")
	if len(blocks) != 7 {
		t.Fatalf("docs/quickstart.md has %d shell blocks: this test knows what to do for 7", len(blocks))
	}
	sh.run(blocks[2]) // replication set, contact, channel
	code := box.WaitKind(t, "activation", "ann@example.org").Code()
	sh.run(strings.ReplaceAll(blocks[3], "123456", code))
	sh.run(blocks[4]) // plan and rule
	sh.run(blocks[5]) // the event
	mail := box.WaitKind(t, "page", "ann@example.org")
	for _, want := range []string{"Root user activity", "198.51.100.7", mail.Code()} {
		if !strings.Contains(unfold(mail.Body), want) {
			t.Errorf("the mail does not say %q:\n%s", want, mail.Body)
		}
	}
	if refusal := sh.fails(blocks[6]); !strings.Contains(refusal, "ValidationException") { // 123456 is not the code
		t.Errorf("a wrong code was answered by %q", refusal)
	}
	out := sh.run(strings.ReplaceAll(blocks[6], "123456", mail.Code()))
	for _, want := range []string{"SSM Incident Trigger", "SSM Incident Start", "SSM Contacts Page for Incident", "SSM Contacts Page Acknowledgement for Incident"} {
		if !strings.Contains(out, want) {
			t.Errorf("the timeline has no %q:\n%s", want, out)
		}
	}
	c := tocsintest.NewClients(t, p.URL())
	incident := mail.Incident()
	rec, err := c.Incidents.GetIncidentRecord(ctx, &ssmincidents.GetIncidentRecordInput{Arn: &incident})
	if err != nil || rec.IncidentRecord.Status != "RESOLVED" || rec.IncidentRecord.ResolvedTime == nil {
		t.Errorf("the incident is not resolved: %+v, %v", rec, err)
	}
}

// needCLI skips loudly, or fails where it must be there, without the aws CLI.
func needCLI(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("aws"); err == nil {
		return
	}
	if strings.Contains(os.Getenv("TOCSIN_REQUIRE"), "awscli") || os.Getenv("CI") == "true" {
		t.Fatal("the aws CLI is not installed: run make test")
	}
	t.Skip("SKIPPED: the aws CLI is not installed")
}

var fenced = regexp.MustCompile("(?s)```sh\n(.*?)```")

func shellBlocks(t *testing.T, file string) (out []string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range fenced.FindAllStringSubmatch(string(text), -1) {
		out = append(out, m[1])
	}
	return out
}

// shell runs blocks of a script one after another; what they set stays set.
type shell struct {
	t   *testing.T
	dir string
	url string
}

func (s *shell) command(block string) *exec.Cmd {
	state := filepath.Join(s.dir, "state")
	script := "set -euo pipefail\n[ ! -e " + state + " ] || . " + state + "\n" + block + "\nset | grep -E '^(CONTACT|CHANNEL|PLAN|INCIDENT|ENGAGEMENT|PAGE|ANN|BOB|ROTATION|SCHEDULE)=' >" + state + "\n"
	cmd := exec.Command("bash", "-c", script)
	cmd.Env = append(os.Environ(), "AWS_ACCESS_KEY_ID="+tocsintest.Key, "AWS_SECRET_ACCESS_KEY="+tocsintest.Secret, "AWS_ENDPOINT_URL="+s.url,
		"AWS_DEFAULT_REGION="+tocsintest.Region, "AWS_PAGER=", "AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null", "AWS_MAX_ATTEMPTS=1")
	cmd.WaitDelay = time.Minute
	return cmd
}

func (s *shell) run(block string) string {
	s.t.Helper()
	out, err := s.command(block).CombinedOutput()
	if err != nil {
		s.t.Fatalf("%v\n%s\nof:\n%s", err, out, block)
	}
	return string(out)
}

func (s *shell) fails(block string) string {
	s.t.Helper()
	out, err := s.command(block).CombinedOutput()
	if err == nil {
		s.t.Fatalf("succeeded:\n%s\nof:\n%s", out, block)
	}
	return string(out)
}
