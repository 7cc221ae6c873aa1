package source

// A mark is where, in the text of a way, the value of a member of the record that a
// Head wants begins or, without a key, ends.
type mark struct {
	at  int // from where the text begins or, of a leg, from where its value does
	key headKey
	leg int
}

// A member is one that a Head wants, in a run.
type member struct {
	key      headKey // none if it begins before the run
	from, to spot    // to: nowhere if it ends after the run
}

// A spot is so many bytes from where the value of a leg begins.
type spot struct{ leg, at int }

var nowhere = spot{leg: -1}

// membersOf puts the marks of a run together.
func membersOf(marks []mark) (all []member) {
	open := false
	for _, m := range marks {
		at := spot{m.leg, m.at}
		switch {
		case m.key != noKey:
			all = append(all, member{m.key, at, nowhere})
		case open:
			all[len(all)-1].to = at
		default:
			all = append(all, member{noKey, nowhere, at})
		}
		open = m.key != noKey
	}
	return all
}

// noted is where members that a Head wants are: in the text of a way, which begins at
// at, or in the first texts of a run; the span of its first leg is then at at.
type noted struct {
	way   *way
	run   *run
	at    int
	texts int
}

// Head gives what Parse would of the record that was read.
func (s *Shape) Head(h *Head, record []byte) {
	*h = Head{}
	c := caption{h: h, record: record}
	for i := range s.notes {
		if n := &s.notes[i]; n.run != nil {
			c.run(n, s.spans[n.at:][:n.texts])
		} else {
			c.way(n)
		}
	}
	s.listed = c.listed
	h.tell()
}

// A caption is a Head that is being read.
type caption struct {
	h      *Head
	record []byte
	key    headKey // of the member that is open
	from   int     // where its value begins
	listed int     // where the list of resources does
}

func (c *caption) begin(key headKey, at int) {
	c.key, c.from = key, at
	if key == keyResources {
		c.listed = at
	}
}

func (c *caption) way(n *noted) {
	for _, m := range n.way.marks {
		if at := n.at + m.at; m.key != noKey {
			c.begin(m.key, at)
		} else {
			c.h.set(c.key, c.record[c.from:at])
		}
	}
}

// run takes the members of the texts of a run, which have these spans.
func (c *caption) run(n *noted, spans []kept) {
	for i := range n.run.members {
		m := &n.run.members[i]
		if m.key != noKey {
			if m.from.leg >= len(spans) {
				return
			}
			c.begin(m.key, spans[m.from.leg].from+m.from.at)
		}
		if uint(m.to.leg) >= uint(len(spans)) {
			return
		}
		c.h.set(c.key, c.record[c.from:spans[m.to.leg].from+m.to.at])
	}
}
