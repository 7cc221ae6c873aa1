package tocsintest_test

import (
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tocsin-io/tocsin/internal/tocsintest"
)

// The commands of docs/on-call.md work as they stand there, with the stock aws
// CLI and ours.
func TestOnCallPage(t *testing.T) {
	needCLI(t)
	p := tocsintest.Start(t, []string{"--data", t.TempDir()}, nil)
	sh := &shell{t: t, dir: t.TempDir(), url: p.URL()}
	ours := "export PATH=" + filepath.Dir(tocsintest.Binary(t)) + ":$PATH TOCSIN_ENDPOINT=" + p.URL() + "\n"
	blocks := shellBlocks(t, "../../docs/on-call.md")
	if len(blocks) != 6 {
		t.Fatalf("docs/on-call.md has %d shell blocks: this test knows what to do for 6", len(blocks))
	}
	sh.run("CONTACT=none; aws ssm-incidents create-replication-set --regions '{\"us-east-1\": {}}'")
	sh.run(blocks[0])
	has := func(out string, all ...string) {
		t.Helper()
		for _, want := range all {
			if !strings.Contains(out, want) {
				t.Errorf("no %q in:\n%s", want, out)
			}
		}
	}
	shifts := strings.NewReplacer("1774854000", "2026-03-30T07:00:00", "1774746000", "2026-03-29T01:00:00").Replace(sh.run(blocks[1])) // the CLI's versions write times in two ways
	has(shifts, `"Type": "REGULAR"`, "2026-03-30T07:00:00", "contact/bob", `"Ann"`, "2026-03-29T01:00:00")
	has(sh.run(blocks[2]), "RotationOverrideId", "contact/ann", "CreateTime")
	has(sh.run(ours+blocks[3]), "now  ann until", "override for", `"rotation": "weeks"`, `"nextTime": "20`, `"schedule": "night"`)
	urls := strings.Fields(sh.run(ours + blocks[4]))
	urls = append(urls, strings.Fields(sh.run(ours+blocks[5]))...)
	if len(urls) != 3 || urls[0] == urls[2] {
		t.Fatalf("URLs %q", urls)
	}
	for i, want := range []int{http.StatusNotFound, http.StatusOK, http.StatusOK} {
		_, path, _ := strings.Cut(urls[i], "/calendar/")
		res, err := http.Get(p.URL() + "/calendar/" + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode != want || want == http.StatusOK && !strings.HasPrefix(string(body), "BEGIN:VCALENDAR\r\n") {
			t.Errorf("%s answers %s %q, %v", urls[i], res.Status, body, err)
		}
	}
	refusal := sh.fails(ours + "tocsin oncall --at 2020-01-01T00:00:00Z && false || { [ $? = 1 ] && false; }")
	has(refusal, "nobody is on call by night")
	has(sh.fails(ours+"tocsin oncall --person ann"), "go with --calendar")
	has(sh.fails(ours+"tocsin oncall --calendar"), "needs --schedule or --person")
	has(sh.fails(ours+"tocsin oncall --schedule ann"), "is not an on-call schedule")
	has(sh.run(ours+"tocsin doctor --level note || true"), "contact-without-plan")
}
