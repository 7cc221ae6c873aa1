package tocsintest_test

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	ebtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	client "github.com/aws/aws-sdk-go-v2/service/guardduty"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/tocsin-io/tocsin/internal/tocsintest"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
	"github.com/tocsin-io/tocsin/internal/tocsintest/outside"
)

// From a sample finding to the page of the one who takes part in the drill, and from a
// finding of AWS to the page of the team: with the stock aws CLI, and with AWS's client
// on the other database.
func TestGuardDuty(t *testing.T) {
	t.Run("aws CLI, sqlite", func(t *testing.T) {
		needCLI(t)
		guardDuty(t, []string{"--data", t.TempDir()}, func(t *testing.T, env []string) {
			// Its scripts run beside each other, when the test around them has come to its end.
			t.Run("script", func(t *testing.T) {
				testscript.Run(t, testscript.Params{Dir: "testdata/guardduty", RequireExplicitExec: true, RequireUniqueNames: true,
					Setup: func(e *testscript.Env) error {
						e.Vars = append(e.Vars, env...)
						e.Setenv("PATH", os.Getenv("PATH"))
						return nil
					},
					Cmds: map[string]func(*testscript.TestScript, bool, []string){"save": save, "until": until}})
			})
		})
	})
	t.Run("client, postgres", func(t *testing.T) {
		o := dbtest.PostgresOptions(t)
		guardDuty(t, []string{"--database", o.URL, "--key-file", o.KeyFile}, byClient)
	})
}

// byClient does what the script does, as far as people are paged for it.
func byClient(t *testing.T, env []string) {
	is := func(name string) string {
		for _, v := range env {
			if value, ok := strings.CutPrefix(v, name+"="); ok {
				return value
			}
		}
		t.Fatalf("no variable %s", name)
		return ""
	}
	url := is("AWS_ENDPOINT_URL")
	c := tocsintest.NewClients(t, url)
	for _, rule := range []struct{ name, plan string }{{"guardduty-severe", "SECURITY"}, {"guardduty-sample-drill", "DRILL"}} {
		pattern, err := exec.Command(is("TOCSIN"), "rules", "show", rule.name, "--pattern").Output()
		if err != nil {
			t.Fatal(err)
		}
		c.Rule(rule.name, string(pattern), is(rule.plan))
	}
	gd := client.New(client.Options{Region: tocsintest.Region, BaseEndpoint: &url, Retryer: aws.NopRetryer{}, HTTPClient: outside.Client{},
		Credentials: credentials.NewStaticCredentialsProvider(tocsintest.Key, tocsintest.Secret, "")})
	made, err := gd.CreateDetector(t.Context(), &client.CreateDetectorInput{Enable: aws.Bool(true)})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		_, err := gd.CreateSampleFindings(t.Context(), &client.CreateSampleFindingsInput{DetectorId: made.DetectorId, FindingTypes: []string{"AttackSequence:S3/CompromisedData"}})
		if err != nil {
			t.Fatal(err)
		}
	}
	const detector, finding = "11111111111111111111111111111111", "22222222222222222222222222222222"
	detail := `{"id":"` + finding + `","type":"Backdoor:EC2/Spambot","severity":8,"updatedAt":"2026-01-02T03:04:05Z","title":"FINDING OF AWS","service":{"detectorId":"` + detector + `"}}`
	if err := c.Put(ebtypes.PutEventsRequestEntry{Source: aws.String("aws.guardduty"), DetailType: aws.String("GuardDuty Finding"), Detail: &detail}); err != nil {
		t.Fatal(err)
	}
	for began := time.Now(); time.Since(began) < time.Minute; time.Sleep(50 * time.Millisecond) {
		out, err := gd.GetFindings(t.Context(), &client.GetFindingsInput{DetectorId: aws.String(detector), FindingIds: []string{finding}})
		if err == nil && len(out.Findings) == 1 && *out.Findings[0].Title == "FINDING OF AWS" {
			return
		}
	}
	t.Fatal("waited in vain until the finding of AWS is seen")
}

func guardDuty(t *testing.T, data []string, drive func(t *testing.T, env []string)) {
	box := tocsintest.NewPostbox(t)
	p := tocsintest.Start(t, data, []string{"TOCSIN_SMTP_URL=" + box.URL()})
	c := tocsintest.NewClients(t, p.URL())
	c.ReplicationSet()
	plan := func(name, person string) string {
		contact, _ := c.Person(person, box)
		return c.Plan(name, contact)
	}
	env := []string{"SECURITY=" + plan("security", "ann"), "DRILL=" + plan("drill", "bob"), "TOCSIN=" + tocsintest.Binary(t), "TOCSIN_ENDPOINT=" + p.URL(),
		"AWS_ACCESS_KEY_ID=" + tocsintest.Key, "AWS_SECRET_ACCESS_KEY=" + tocsintest.Secret, "AWS_ENDPOINT_URL=" + p.URL(), "AWS_DEFAULT_REGION=" + tocsintest.Region,
		"AWS_REGION=" + tocsintest.Region, "AWS_PAGER=", "AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null", "AWS_MAX_ATTEMPTS=1"}
	drive(t, env)
	for person, want := range map[string]string{"bob": "[SAMPLE] Data of bucket bucketName", "ann": "FINDING OF AWS"} {
		mail := box.WaitKind(t, "page", person+"@example.org")
		if !strings.Contains(unfold(mail.Body), want) {
			t.Errorf("the page of %s does not say %q:\n%s", person, want, mail.Body)
		}
	}
	pages := 0
	for _, m := range box.Mails() {
		if m.Kind() == "page" {
			pages++
		}
	}
	if pages != 2 {
		t.Errorf("%d pages, want one of each plan: a repeat folds", pages)
	}
}

// save NAME keeps what the command before printed as a variable.
func save(ts *testscript.TestScript, neg bool, args []string) {
	text := strings.TrimSpace(ts.ReadFile("stdout"))
	if neg || len(args) != 1 || text == "" || strings.ContainsAny(text, " \t\n") {
		ts.Fatalf("save %v of %q", args, text)
	}
	ts.Setenv(args[0], text)
}

// until PATTERN PROGRAM… runs a program again and again until it prints what fits.
func until(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("until PATTERN PROGRAM ARGUMENTS")
	}
	fits := regexp.MustCompile(args[0])
	var out string
	for began := time.Now(); time.Since(began) < 2*time.Minute; time.Sleep(50 * time.Millisecond) {
		if err := ts.Exec(args[1], args[2:]...); err == nil {
			if out = ts.ReadFile("stdout"); fits.MatchString(out) {
				return
			}
		}
	}
	ts.Fatalf("waited in vain until it says %s; last: %s", args[0], out)
}
