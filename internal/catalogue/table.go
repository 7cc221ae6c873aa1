package catalogue

import (
	"fmt"
	"strings"
)

// Table is the catalogue as Markdown: a part of docs/rules.md, which a test holds to it.
func Table(rules []Rule) string {
	var b strings.Builder
	for _, g := range Groups() {
		fmt.Fprintf(&b, "### %s\n\n| rule | what it tells | impact | CIS | ATT&CK | folds by | Region |\n|---|---|--:|---|---|---|---|\n", g)
		for _, r := range rules {
			if r.Group != g {
				continue
			}
			techniques := make([]string, len(r.Attack))
			for i, t := range r.Attack {
				techniques[i] = fmt.Sprintf("[%s](https://attack.mitre.org/techniques/%s/)", t, strings.ReplaceAll(t, ".", "/"))
			}
			fmt.Fprintf(&b, "| `%s` | %s | %d | %s | %s | %s | %s |\n", r.Name, r.Title, r.Impact, r.CIS, strings.Join(techniques, " "), r.Dedupe, r.Region)
		}
		b.WriteByte('\n')
	}
	return b.String()
}
