package source

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tocsin-io/tocsin/internal/cloudtrailgen"
	"github.com/tocsin-io/tocsin/pattern"
)

// shapePatterns ask of the records that the tests of Shape read.
var shapePatterns = []string{
	`{"eventName":[{"prefix":"Get"}],"readOnly":[true]}`,
	`{"userIdentity":{"type":["Root"],"arn":[{"exists":true}]}}`,
	`{"errorCode":[{"exists":false}],"requestParameters":{"bucketName":[{"suffix":"x"},""]}}`,
	`{"resources":{"ARN":[{"prefix":"arn:"}],"type":["AWS::S3::Bucket"]}}`,
	`{"n":[{"numeric":[">",1]},null,false],"a.b":[{"anything-but":"é"}]}`,
}

// agree reads the records in order and fails if what a Shape says of one is not
// what Check, Match and Head say. It gives how many were built as known, when
// nothing is asked that stands in lists.
func agree(t *testing.T, records [][]byte) (built int) {
	t.Helper()
	agreeOn(t, shapePatterns, records)
	return agreeOn(t, slices.DeleteFunc(slices.Clone(shapePatterns), func(p string) bool { return strings.Contains(p, "resources") }), records)
}

func agreeOn(t *testing.T, patterns []string, records [][]byte) (built int) {
	t.Helper()
	var set pattern.Set[int]
	var paths []string
	for i, text := range patterns {
		p, err := pattern.Compile([]byte(text), pattern.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		set.Add(i, p)
		paths = append(paths, p.Paths()...)
	}
	s := NewShape(paths, nil, true)
	for _, r := range records {
		known := s.Read(r)
		err := pattern.Check(r)
		if known != Built {
			if err == nil {
				s.Learn(r)
			}
			continue
		}
		built++
		if err != nil {
			t.Fatalf("takes %q: %v", r, err)
		}
		if n, known := s.ReadFirst(append(slices.Clone(r), ",\"}]"...)); known != Built || n > len(r) || len(strings.TrimSpace(string(r[n:]))) > 0 {
			t.Fatalf("of %q and more it takes %d bytes (%v)", r, n, known)
		}
		known = Short
		for n, end := 0, 0; known == Short; end += 1 + len(r)/3 { // in pieces
			more := slices.Clone(r[:min(end, len(r))])
			if end == 0 {
				_, known = s.ReadFirst(more)
			} else {
				n, known = s.ReadMore(more)
			}
			if known != Short && (known != Built || len(strings.TrimSpace(string(r[n:]))) > 0) || known == Short && end > len(r) {
				t.Fatalf("of %q in pieces it takes %d bytes (%v)", r, n, known)
			}
			clear(more[:min(n, len(more))])
		}
		if err := pattern.Check(s.Flat()); err != nil {
			t.Fatalf("%q is flat as %q: %v", r, s.Flat(), err)
		}
		want, got := set.Match(r, nil), set.Match(s.Flat(), nil)
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(want, got) {
			t.Fatalf("%q matches %v; flat, as %q, %v", r, want, s.Flat(), got)
		}
		var parsed, head Head
		parsed.Parse(r)
		s.Head(&head, r)
		if diff := cmp.Diff(parsed, head, cmp.AllowUnexported(Head{}), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("%q (-parsed +by shape):\n%s", r, diff)
		}
		resources := func(each func(func([]byte))) (all []string) {
			each(func(arn []byte) { all = append(all, string(arn)) })
			return all
		}
		if diff := cmp.Diff(resources(parsed.EachResource), resources(func(add func([]byte)) { s.EachResource(r, add) })); diff != "" {
			t.Fatalf("%q: resources (-of Head +by shape):\n%s", r, diff)
		}
	}
	return built
}

func TestShape(t *testing.T) {
	dir := t.TempDir()
	o := cloudtrailgen.Defaults()
	o.Bytes = 1 << 20
	if _, err := cloudtrailgen.Write(dir, o); err != nil {
		t.Fatal(err)
	}
	inputs, err := Files(dir)
	if err != nil {
		t.Fatal(err)
	}
	var records [][]byte
	for _, in := range inputs {
		if strings.HasSuffix(in.Path, "manifest.json") {
			continue
		}
		f, err := in.Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var r Reader
		_, err = r.Read(f, func(_ string, text []byte) bool {
			records = append(records, slices.Clone(text))
			return true
		})
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
	}
	if built := agree(t, records); built < len(records)/2 {
		t.Errorf("of %d records only %d are built as others", len(records), built)
	}
}

// Values that repeat for a while, and ways that are taken for a while, are no part of
// what a record has to be.
func TestShapeChanges(t *testing.T) {
	var records [][]byte
	for i := range 40 * runAfter {
		account, name := "111122223333", "GetX"
		if i > 10*runAfter {
			account = "222233334444"
		}
		if i > 20*runAfter && i%3 == 0 {
			name = "Put" + strings.Repeat("\"", i%2)
		}
		extra := ""
		if i > 30*runAfter && i%2 == 0 {
			extra = `,"errorCode":"AccessDenied"`
		}
		quoted, err := json.Marshal(name)
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, []byte(`{"eventVersion":"1.08","userIdentity":{"type":"Root","arn":"arn:`+strconv.Itoa(i)+`"},"account":"`+account+
			`","eventName":`+string(quoted)+extra+`,"readOnly":`+strconv.FormatBool(i%5 > 0)+`,"n":`+strconv.Itoa(i*i)+`}`))
		if i%7 == 0 { // and what is cut off or no JSON is seen
			broken := slices.Clone(records[len(records)-1])
			if broken[i%len(broken)] = 'x'; i%2 == 0 {
				broken = broken[:i%len(broken)]
			}
			records = append(records, broken)
		}
	}
	if built := agree(t, records); built < len(records)*3/4 {
		t.Errorf("of %d records only %d are built as others", len(records), built)
	}
}

// Keys that are data do not make a Shape grow without end.
func TestShapeBounds(t *testing.T) {
	s := NewShape(nil, nil, true)
	for i := range maxWays + 4000 {
		s.Learn([]byte(long(i, 40) + strings.Repeat(" ", i%7)))
		s.Learn([]byte(`{"tags":{"k` + strings.Repeat("y", i%50) + string(rune('a'+i%26)) + strings.Repeat("z", i/1000) + `":1}}`))
	}
	if s.ways > maxWays || len(s.places) > maxPlaces {
		t.Errorf("%d ways, %d places", s.ways, len(s.places))
	}
}

// FuzzShape learns from lines and reads others.
func FuzzShape(f *testing.F) {
	f.Add([]byte("{\"eventName\":\"GetX\",\"readOnly\":true}\n{\"eventName\":\"Put\",\"readOnly\":false}\n{\"eventName\":\"\\u00e9\",\"readOnly\":null}"))
	f.Add([]byte("{\"userIdentity\":{\"type\":\"Root\",\"arn\":\"a\"},\"n\":1.5e3}\n{\"userIdentity\":{\"type\":\"x\",\"arn\":\"\"},\"n\":-0}\n{\"userIdentity\":{\"type\":\"Root\",\"arn\":\"a\"},\"n\":01}"))
	f.Add([]byte("{\"resources\":[{\"ARN\":\"arn:1\"},{\"type\":\"AWS::S3::Bucket\"}]}\n{\"resources\":[],\"resources\":{\"ARN\":\"arn:\"}}\n{\"resources\":[],\"resources\":{\"ARN\":\"arn:2\"}}"))
	f.Add([]byte("{\"resources\":[{\"ARN\":\"arn:1\",\"arn\":\"\"},\"x\",{\"a\":{\"ARN\":\"no\"}}],\"n\":1}\n{\"resources\":[\"\",[\"no\"]],\"n\":1,\"resources\":[\"y\"]}\n{\"resources\":[{\"arn\":\"arn:3\"}],\"resources\":2}"))
	f.Add([]byte("{\"a.b\":\"x\",\"a\":{\"b\":\"\\\"\"},\"n\":[1]}\n{\"a.b\":\"é\",\"a\":{\"b\":\"\\x\"},\"n\":[2]}\n{\"a.b\":\"\xff\",\"a\":{\"b\":\"y\"},\"n\":[3]}"))
	f.Add([]byte("{ \"eventTime\" : \"t\" , \"service\":{},\"severity\":1}\n{ \"eventTime\" : \"u\" , \"service\":{},\"severity\":2}\n{ \"eventTime\" : 5 , \"service\":{},\"severity\":2}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		var lines [][]byte
		for _, line := range strings.Split(string(text), "\n") {
			lines = append(lines, []byte(line))
		}
		lines = lines[:min(len(lines), 4)]
		agree(t, slices.Repeat(lines, runAfter+8)) // so that there are runs
	})
}

// FuzzHop holds that going over legs finds what is there: that it goes as far as it
// may, and that vectors and words agree with a look at byte after byte.
func FuzzHop(f *testing.F) {
	plain := strings.Repeat("a plain text, of 33 characters!#~", 3)
	f.Add(`{"a":"|","b":|,"c":"|"}`, `{"a":"x","b":1,"c":"y"}`+strings.Repeat(" ", 70), 0)
	f.Add(plain+"|"+plain+plain+"|x", plain+`yes"`+plain+plain+`no\"`+plain, 0)
	for c := range 256 {
		f.Add(`","k":"|":"|`, strings.Repeat("x", c%71)+string([]byte{byte(c)})+`","k":"`+strings.Repeat("!", c%67)+`":"a"`+strings.Repeat(" ", c%71), c%71+1)
	}
	f.Fuzz(func(t *testing.T, texts, text string, at int) {
		if at < 0 || at > len(text) || len(text) == 0 {
			return
		}
		var legs tape
		all := strings.Split(texts, "|")
		for i, text := range all {
			if len(text) > longest {
				return
			}
			legs = legs.leg(text, []uint8{quoted, quoted, word, quoted, word, noValue}[i%6], uint8(i%3*(len(text)%40)))
		}
		legs = legs.close()
		b := []byte(text)
		for name, hop := range map[string]func(tape, []byte, int, []kept) (int, int, bool){"hop": hop, "words": hopWords} {
			spans := make([]kept, len(all))
			k, to, begun := hop(legs, b, at, spans)
			if why := wrongHop(legs, b, at, spans, k, to, begun); why != "" {
				t.Errorf("%s over %q in %q from %d: %d legs to %d (%v), %v: %s", name, texts, text, at, k, to, begun, spans, why)
			}
		}
	})
}

// wrongHop says what is wrong in what hop gave.
func wrongHop(legs tape, b []byte, at int, spans []kept, k, to int, begun bool) string {
	text := string(b)
	value := func(from int, kind uint8) (end int, ok bool) {
		if kind == word {
			end = literal(b, from)
			return end, end > 0
		}
		end = from
		for end < len(text) && text[end] >= ' ' && text[end] < 0x80 && text[end] != '"' && text[end] != '\\' {
			end++
		}
		return end, kind == quoted && end < len(text) && text[end] == '"'
	}
	for i := range k {
		leg, kind, rest := legs.next()
		legs = rest
		from := at + len(leg)
		if !strings.HasPrefix(text[at:], string(leg)) || spans[i].from != from {
			return "went over what is not there"
		}
		end, ok := value(from, kind)
		if !ok || spans[i].to != end {
			return "a value ends elsewhere"
		}
		at = end
	}
	if len(legs) == margin {
		if to != at || begun {
			return "is elsewhere at the end"
		}
		return ""
	}
	leg, kind, _ := legs.next()
	fits := strings.HasPrefix(text[at:], string(leg))
	switch from := at + len(leg); {
	case !begun && to != at, begun && (!fits || to != from || spans[k].from != from):
		return "stopped elsewhere"
	case !begun && fits && len(text)-at >= margin:
		return "did not find a text"
	case begun:
		if end, ok := value(from, kind); ok && len(text)-end >= margin {
			return "did not find the end of a value"
		}
	}
	return ""
}
