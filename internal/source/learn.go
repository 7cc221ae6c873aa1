package source

import (
	"bytes"
	"strings"
)

// Learn takes how a record is built, which has to be valid JSON.
func (s *Shape) Learn(record []byte) {
	if s.ways >= maxWays || len(s.places) >= maxPlaces {
		return
	}
	l := learner{s: s, b: record, at: &s.start}
	l.object()
}

// A learner goes through one record.
type learner struct {
	s     *Shape
	b     []byte
	open  []byte // the brackets that are open, each with the key that is read in it
	path  []string
	lists int // how many of the brackets are lists

	at    *place
	from  int // where the way that is learnt begins
	marks []mark
	full  bool
}

// object learns the record, or nothing more if it is odd.
func (l *learner) object() {
	i := skipSpace(l.b, 0)
	if i >= len(l.b) || l.b[i] != '{' {
		return
	}
	l.value(i)
	if !l.full {
		l.way(len(l.b), nil)
	}
}

// value learns the value at i and gives the place after it.
func (l *learner) value(i int) int {
	if l.full || i >= len(l.b) {
		return len(l.b)
	}
	switch l.b[i] {
	case '{', '[':
		return l.nested(i)
	case '"':
		end := valueEnd(l.b, i)
		l.hole(i+1, true)
		l.from = end - 1
		return end
	}
	end := valueEnd(l.b, i)
	l.hole(i, false)
	l.from = end
	return end
}

func (l *learner) nested(i int) int {
	object := l.b[i] == '{'
	before := len(l.open)
	l.open = append(l.open, l.b[i])
	if !object {
		l.lists++
	}
	for i = skipSpace(l.b, i+1); !l.full && i < len(l.b) && l.b[i] != '}' && l.b[i] != ']'; i = skipSpace(l.b, i) {
		switch {
		case l.b[i] == ',':
			i++
		case object:
			l.open = l.open[:before+1]
			i = l.member(i)
		default:
			i = l.value(i)
		}
	}
	l.open = l.open[:before]
	if !object {
		l.lists--
	}
	return i + 1
}

// member learns a key and its value.
func (l *learner) member(i int) int {
	end := valueEnd(l.b, i)
	key := l.b[i:end]
	if bytes.IndexByte(key, '\\') >= 0 {
		l.full = true
		return len(l.b)
	}
	top := len(l.open) == 1
	l.open = append(l.open, key...)
	l.path = append(l.path, string(key[1:len(key)-1]))
	i = skipSpace(l.b, skipSpace(l.b, end)+1) // behind the colon
	head := noKey
	if top {
		head = headKeys[string(key[1:len(key)-1])]
	}
	if head.plain() && i < len(l.b) && (l.b[i] == '{' || l.b[i] == '[') {
		l.full = true // such a value is not judged, so that one before it would count
		return len(l.b)
	}
	if head != noKey {
		l.marks = append(l.marks, mark{at: i - l.from, key: head})
	}
	i = l.value(i)
	if head != noKey {
		l.marks = append(l.marks, mark{at: i - l.from})
	}
	l.path = l.path[:len(l.path)-1]
	return i
}

// hole learns the way to the value at i.
func (l *learner) hole(i int, quoted bool) {
	id := string(l.open)
	if quoted {
		id += `"`
	}
	p := l.s.places[id]
	if p == nil {
		if len(l.s.places) >= maxPlaces {
			l.full = true
			return
		}
		p = &place{quoted: quoted, keep: -1}
		if k, ok := l.s.keeps[strings.Join(l.path, ".")]; ok && quoted && l.lists == 0 {
			p.taken, p.keep = true, k
		}
		if names[id] {
			p.taken, p.names = true, true
		}
		if path, wanted := l.s.wanted[strings.Join(l.path, ".")]; wanted {
			p.deep, p.taken, p.wanted, p.path = l.lists > 0, true, true, path
			p.from = `{"` + strings.Join(l.path, `":{"`) + `":`
			p.from, p.to = p.from[1:], strings.Repeat("}", len(l.path)-1)
			if quoted {
				p.from, p.to = p.from+`"`, `"`+p.to
			}
		}
		l.s.places[id] = p
	}
	l.way(i, p)
}

// names are where EachResource looks in a record, as hole calls places.
var names = map[string]bool{`{"resources"["`: true, `{"resources"[{"ARN""`: true, `{"resources"[{"arn""`: true}

// way learns the way up to i.
func (l *learner) way(i int, to *place) {
	text := l.b[l.from:i]
	for _, w := range l.at.ways {
		if w.text == string(text) && w.to == to {
			l.at, l.marks = to, l.marks[:0]
			return
		}
	}
	if l.s.ways >= maxWays || len(l.at.ways) >= maxFrom {
		l.full = true
		return
	}
	l.s.ways++
	l.at.tell, l.at.told = nil, nil
	l.at.ways = append(l.at.ways, &way{text: string(text), to: to, marks: append([]mark(nil), l.marks...)})
	l.at, l.marks = to, l.marks[:0]
}
