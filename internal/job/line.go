package job

import (
	"cmp"
	"slices"
	"time"

	"github.com/tocsin-io/tocsin/internal/store"
)

// lineLimit is how many waiting jobs are known by name.
const lineLimit = 4096

// line is what waits in a queue that has fallen behind, after a downtime or in a
// storm: the most urgent of what was due when it was read, by rank. Reading it
// costs as much as is due, so it is worked off before it is read again. What
// fell due since is asked for at each turn.
//
// A name in the line promises nothing: taking or claiming the job tells whether
// it is still to be done.
type line struct {
	waiting []store.DueJob // by rank
	read    time.Time      // what fell due until then is in it, or more is set
	more    bool           // there is some that comes after all of it
	last    store.DueJob   // where it was cut, with more
}

// take gives at most room jobs to be done next. missed is since when jobs that
// were written after the line was read are due; zero for none.
func (l *line) take(tx *store.Tx, q *queue, room int, missed time.Time) ([]store.DueJob, error) {
	if len(l.waiting) == 0 {
		err := l.reread(tx, q)
		return l.first(room), err
	}
	since := earlier(l.read.Add(time.Microsecond), missed)
	if q.inTx {
		fresh, err := tx.JobsDue(string(q.name), since, room/2)
		l.more = l.more || len(fresh) == room/2
		return l.beside(fresh, room), err
	}
	fresh, err := tx.JobsDue(string(q.name), since, lineLimit)
	if err != nil {
		return nil, err
	}
	if len(fresh) == lineLimit {
		err = l.reread(tx, q)
	} else {
		l.add(fresh, tx.Now())
	}
	return l.first(room), err
}

func (l *line) reread(tx *store.Tx, q *queue) error {
	all, err := tx.UrgentJobs(string(q.name), lineLimit)
	*l = line{waiting: all, read: tx.Now()}
	l.cut(lineLimit - 1)
	return err
}

// first takes the n most urgent out of the line.
func (l *line) first(n int) []store.DueJob {
	n = min(n, len(l.waiting))
	out := l.waiting[:n:n]
	l.waiting = l.waiting[n:]
	return out
}

// beside mixes what fell due just now with what waits: a stage whose time has come
// begins in time even while a long line is worked off.
func (l *line) beside(fresh []store.DueJob, room int) []store.DueJob {
	out := append(fresh, l.first(room-len(fresh))...)
	slices.SortFunc(out, byRank)
	return out
}

// add puts what fell due until read in its place: outward work goes by rank alone,
// whenever it came.
func (l *line) add(fresh []store.DueJob, read time.Time) {
	l.read = read
	if len(fresh) == 0 {
		return
	}
	l.waiting = append(l.waiting, fresh...)
	slices.SortFunc(l.waiting, byRank)
	l.waiting = slices.Compact(l.waiting)
	if l.more {
		at, _ := slices.BinarySearchFunc(l.waiting, l.last, byRank)
		l.waiting = l.waiting[:at]
	}
	l.cut(lineLimit - 1)
}

// cut leaves the n most urgent in the line.
func (l *line) cut(n int) {
	if len(l.waiting) > n {
		l.last, l.more = l.waiting[n], true
		l.waiting = l.waiting[:n]
	}
}

func byRank(a, b store.DueJob) int {
	return cmp.Or(cmp.Compare(a.Rank, b.Rank), a.Due.Compare(b.Due), cmp.Compare(a.ID, b.ID))
}
