package lint

import (
	"encoding/json"
	"io"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/tocsin-io/tocsin/pattern"
)

// SARIF's log, as far as code scanning reads it.
// Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool       sarifTool     `json:"tool"`
	ColumnKind string        `json:"columnKind"`
	Results    []sarifResult `json:"results"`
}

type sarifTool struct {
	Driver sarifDriver `json:"driver"`
}

type sarifDriver struct {
	Name           string      `json:"name"`
	Version        string      `json:"version"`
	InformationURI string      `json:"informationUri"`
	Rules          []sarifRule `json:"rules"`
}

type sarifRule struct {
	ID               string    `json:"id"`
	ShortDescription sarifText `json:"shortDescription"`
	HelpURI          string    `json:"helpUri"`
}

type sarifText struct {
	Text string `json:"text"`
}

type sarifResult struct {
	RuleID    string          `json:"ruleId"`
	RuleIndex int             `json:"ruleIndex"`
	Level     string          `json:"level"`
	Message   sarifText       `json:"message"`
	Locations []sarifLocation `json:"locations"`
	Fixes     []sarifFix      `json:"fixes,omitempty"`
}

type sarifLocation struct {
	Physical sarifPhysical `json:"physicalLocation"`
}

type sarifPhysical struct {
	Artifact sarifArtifact `json:"artifactLocation"`
	Region   sarifRegion   `json:"region"`
}

type sarifArtifact struct {
	URI string `json:"uri"`
}

type sarifRegion struct {
	StartLine   int `json:"startLine"`
	StartColumn int `json:"startColumn"`
	EndLine     int `json:"endLine"`
	EndColumn   int `json:"endColumn"`
}

type sarifFix struct {
	Description sarifText     `json:"description"`
	Changes     []sarifChange `json:"artifactChanges"`
}

type sarifChange struct {
	Artifact     sarifArtifact      `json:"artifactLocation"`
	Replacements []sarifReplacement `json:"replacements"`
}

type sarifReplacement struct {
	Deleted  sarifRegion `json:"deletedRegion"`
	Inserted sarifText   `json:"insertedContent"`
}

const docs = "https://github.com/tocsin-io/tocsin/blob/main/docs/lint.md"

// SARIF writes findings as a SARIF 2.1.0 log. texts are what the findings' files
// hold, for the places of fixes.
func SARIF(w io.Writer, version string, found []Finding, texts map[string]string) error {
	index := map[string]int{}
	driver := sarifDriver{Name: "tocsin", Version: version, InformationURI: docs, Rules: []sarifRule{}}
	for _, c := range append(pattern.LintChecks(), Checks()...) {
		index[c.ID] = len(driver.Rules)
		driver.Rules = append(driver.Rules, sarifRule{c.ID, sarifText{c.Summary}, docs + "#" + strings.ToLower(c.ID)})
	}
	run := sarifRun{Tool: sarifTool{driver}, ColumnKind: "utf16CodeUnits", Results: []sarifResult{}}
	for _, f := range found {
		artifact := sarifArtifact{uri(f.File)}
		r := sarifResult{RuleID: f.ID, RuleIndex: index[f.ID], Level: f.Level.String(), Message: sarifText{f.Message},
			Locations: []sarifLocation{{sarifPhysical{artifact, sarifRegion{f.Line, f.Column, f.EndLine, f.EndCol}}}}}
		if f.Fix != nil && len(f.Fix.Edits) > 0 {
			change := sarifChange{Artifact: artifact}
			for _, e := range f.Fix.Edits {
				line, column := lineColumn(texts[f.File], e.From)
				endLine, endColumn := lineColumn(texts[f.File], e.To)
				change.Replacements = append(change.Replacements, sarifReplacement{sarifRegion{line, column, endLine, endColumn}, sarifText{e.Text}})
			}
			r.Fixes = []sarifFix{{sarifText{f.Fix.Message}, []sarifChange{change}}}
		}
		run.Results = append(run.Results, r)
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(sarifLog{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{run}})
}

// uri is a file's name as a relative URI reference.
func uri(file string) string {
	var b strings.Builder
	for _, c := range []byte(filepath.ToSlash(file)) {
		switch {
		case c < utf8.RuneSelf && (c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || strings.IndexByte("-._~/:", c) >= 0):
			b.WriteByte(c)
		default:
			b.WriteString("%" + string("0123456789ABCDEF"[c>>4]) + string("0123456789ABCDEF"[c&15]))
		}
	}
	return b.String()
}
