package oncall

import (
	"archive/zip"
	"crypto/sha256"
	"fmt"
	"go/build"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin"
)

// The model that the package is held against: slow, and obviously right. It
// looks at a clock on the wall each minute and remembers the latest time that
// the clock has shown; a wall time has come when the clock has shown it or later.
// Whoever is on call follows from that time alone, as on a day without change.
type model struct {
	r     *tocsin.Rotation
	begun time.Time // when the rotation's first shift begins
	first time.Time // the local date of that
	shown int64     // the latest wall time, in minutes
	turn  int
}

func newModel(r *tocsin.Rotation, zone *time.Location) *model {
	y, m, d := r.Begins().In(zone).Date()
	return &model{r: r, begun: r.Begins(), first: time.Date(y, m, d, 0, 0, 0, 0, time.UTC)}
}

// look looks at the clock at an instant and tells whose turn it is; -1 is nobody's.
func (m *model) look(at time.Time, wall int64) int {
	if m.shown == 0 {
		m.shown = wall // the first look
	}
	for m.shown < wall {
		m.shown++
		if at.After(m.begun) {
			m.turn += m.handsOff(time.Unix(m.shown*60, 0).UTC())
		}
	}
	if at.Before(m.begun) || !m.covered(time.Unix(m.shown*60, 0).UTC()) {
		return -1
	}
	return m.turn
}

// handsOff counts the hand-offs of a wall time.
func (m *model) handsOff(at time.Time) (n int) {
	c := m.r.Recurrence
	date := at.Truncate(24 * time.Hour)
	days := int(date.Sub(m.first) / (24 * time.Hour))
	months := (at.Year()-m.first.Year())*12 + int(at.Month()) - int(m.first.Month())
	clock := tocsin.Clock{Hour: at.Hour(), Minute: at.Minute()}
	for _, d := range c.Daily {
		if d == clock && days%c.Multiplier == 0 {
			n++
		}
	}
	for _, w := range c.Weekly {
		if w.At == clock && w.Day == at.Weekday() && days/7%c.Multiplier == 0 {
			n++
		}
	}
	last := time.Date(at.Year(), at.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
	for _, w := range c.Monthly {
		if w.At == clock && min(w.Day, last) == at.Day() && months%c.Multiplier == 0 {
			n++
		}
	}
	return n
}

// covered tells whether somebody is on call at a wall time.
func (m *model) covered(at time.Time) bool {
	if m.r.Recurrence.Coverage == nil {
		return true
	}
	now := at.Hour()*60 + at.Minute()
	for _, p := range m.r.Recurrence.Coverage[at.Weekday()] {
		start, end := p.Start.Minutes(), p.End.Minutes()
		if start <= now && (now < end || end <= start) {
			return true
		}
	}
	for _, p := range m.r.Recurrence.Coverage[(at.Weekday()+6)%7] { // since yesterday
		if end := p.End.Minutes(); end <= p.Start.Minutes() && now < end {
			return true
		}
	}
	return false
}

// shown lists what a clock on the wall shows each minute, in minutes.
func shown(zone *time.Location, from, to time.Time) []int64 {
	out := make([]int64, 0, int(to.Sub(from)/time.Minute))
	for at := from.In(zone); at.Before(to); at = at.Add(time.Minute) {
		y, m, d := at.Date()
		h, minute, _ := at.Clock()
		out = append(out, time.Date(y, m, d, h, minute, 0, 0, time.UTC).Unix()/60)
	}
	return out
}

// want lists the shifts between two instants as the model has them; walls is
// what the clock shows each minute since an instant some days before.
func want(r *tocsin.Rotation, zone *time.Location, since time.Time, walls []int64, from, to time.Time) []string {
	m := newModel(r, zone)
	var out []string
	last := -1
	var began time.Time
	end := func(at time.Time) {
		if last >= 0 {
			out = append(out, line(team(r, last), began, at))
		}
		began = at
	}
	for i, wall := range walls {
		at := since.Add(time.Duration(i) * time.Minute)
		turn := m.look(at, wall)
		if at.Before(from) || !at.Before(to) {
			continue
		}
		if turn != last || at.Equal(from) {
			end(at)
			last = turn
		}
	}
	end(to)
	return out
}

func team(r *tocsin.Rotation, turn int) (out []tocsin.ARN) {
	at := turn * r.Recurrence.OnCalls
	for range r.Recurrence.OnCalls {
		out = append(out, r.Contacts[at%len(r.Contacts)])
		at++
	}
	return out
}

func line(people []tocsin.ARN, from, to time.Time) string {
	return join(people) + " " + from.UTC().Format("2006-01-02 15:04:05") + " – " + to.UTC().Format("2006-01-02 15:04:05")
}

// got lists the same as the package has them, and holds At against it.
func got(t testing.TB, r *Rotation, from, to time.Time) (out []string) {
	for s := range r.Shifts(from, to) {
		start, end := later(s.Start, from), earlier(s.End, to)
		out = append(out, line(s.Contacts, start, end))
		for _, at := range []time.Time{start, end.Add(-1)} {
			if now, ok := r.At(at); !ok || !now.Start.Equal(s.Start) || !now.End.Equal(s.End) || join(now.Contacts) != join(s.Contacts) {
				t.Errorf("at %s: %v, want %v", at, now, s)
			}
		}
	}
	return out
}

// drawn makes up a rotation whose hand-offs and coverage are near a wall time.
// It need not be one that Check takes: here they may be minutes apart.
func drawn(rnd *rand.Rand, begins time.Time, near int64) *tocsin.Rotation {
	r := &tocsin.Rotation{Start: begins, Contacts: members("a,b,c,d,e,f,g"), Recurrence: tocsin.Recurrence{Multiplier: 1 + rnd.IntN(3), OnCalls: 1 + rnd.IntN(2)}}
	around := func() (tocsin.Clock, time.Time) {
		at := time.Unix(60*(near+int64(rnd.IntN(360)-180)), 0).UTC()
		if rnd.IntN(4) == 0 {
			at = at.Truncate(30 * time.Minute)
		}
		return tocsin.Clock{Hour: at.Hour(), Minute: at.Minute()}, at
	}
	for kind := rnd.IntN(3); len(r.Recurrence.Daily)+len(r.Recurrence.Weekly)+len(r.Recurrence.Monthly) < 4; {
		clock, at := around()
		switch kind {
		case 0:
			r.Recurrence.Daily = append(r.Recurrence.Daily, clock)
		case 1:
			r.Recurrence.Weekly = append(r.Recurrence.Weekly, tocsin.WeeklyHandOff{Day: (at.Weekday() + time.Weekday(rnd.IntN(3)+6)) % 7, At: clock})
		default:
			r.Recurrence.Monthly = append(r.Recurrence.Monthly, tocsin.MonthlyHandOff{Day: min(31, max(1, at.Day()+rnd.IntN(3)-1)), At: clock})
		}
	}
	if rnd.IntN(3) > 0 {
		r.Recurrence.Coverage = map[time.Weekday][]tocsin.Coverage{}
		for range 1 + rnd.IntN(6) {
			start, at := around()
			end, _ := around()
			day := (at.Weekday() + time.Weekday(rnd.IntN(4)+5)) % 7
			r.Recurrence.Coverage[day] = append(r.Recurrence.Coverage[day], tocsin.Coverage{Start: start, End: end})
		}
	}
	return r
}

const daysAround = 2

// proving tells whether the long proofs are asked for.
func proving() bool { return os.Getenv("TOCSIN_PROVE") != "" }

// rounds is how many rotations are held against the model at a time.
func rounds() int {
	if proving() {
		return 4
	}
	return 1
}

// aroundTransition holds some rotations against the model, two days around an instant.
func aroundTransition(t testing.TB, rnd *rand.Rand, name string, zone *time.Location, at time.Time) {
	from, to := at.Add(-daysAround*24*time.Hour), at.Add(daysAround*24*time.Hour)
	since := from.Add(-2 * 24 * time.Hour) // so that yesterday's coverage is known
	walls := shown(zone, since, to)
	for range rounds() {
		begins := from.Add(time.Duration(rnd.IntN(4*24*60)-24*60) * time.Minute)
		r := drawn(rnd, begins, wall(at, zone)/60)
		fast := prepare(r, zone, nil)
		if diff := cmp.Diff(want(r, zone, since, walls, from, to), got(t, fast, from, to)); diff != "" {
			t.Errorf("%s, clocks changed at %s, rotation %+v (-model +package)\n%s", name, at, r, diff)
		}
	}
}

// transitions lists when a zone's clocks are changed, 2000 to 2037.
func transitions(zone *time.Location) (out []time.Time) {
	const step = 6 * 60 * 60
	end := time.Date(2038, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	for at := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).Unix(); at < end; at += step {
		if was := offset(at, zone); offset(at+step, zone) != was {
			i := sort.Search(step, func(i int) bool { return offset(at+int64(i), zone) != was })
			out = append(out, time.Unix(at+int64(i), 0).UTC())
		}
	}
	return out
}

// database reads Go's copy of the IANA zone database.
func database(t testing.TB) map[string][]byte {
	t.Helper()
	z, err := zip.OpenReader(filepath.Join(build.Default.GOROOT, "lib", "time", "zoneinfo.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	out := map[string][]byte{}
	for _, f := range z.File {
		if strings.HasSuffix(f.Name, "/") {
			continue
		}
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if out[f.Name], err = io.ReadAll(in); err != nil {
			t.Fatal(err)
		}
		in.Close()
	}
	return out
}

// sample is the zones of an ordinary run: those with rules that nobody expects.
var sample = []string{"Africa/Casablanca", "Africa/Cairo", "America/New_York", "America/Nuuk", "America/Santiago", "America/St_Johns",
	"Antarctica/Troll", "Asia/Gaza", "Asia/Pyongyang", "Asia/Tehran", "Australia/Lord_Howe", "Europe/Berlin", "Europe/Dublin", "Pacific/Apia", "Pacific/Fakaofo"}

// TestTransitions holds shifts against the model around every change of the
// clocks, 2000 to 2037: of a sample of zones, and of every zone where
// TOCSIN_PROVE is set.
func TestTransitions(t *testing.T) {
	all := database(t)
	names := sample
	if proving() {
		names = slices.Sorted(maps.Keys(all))
	}
	seen := map[[32]byte]bool{}
	count := 0
	for i, name := range names {
		sum := sha256.Sum256(all[name])
		if seen[sum] {
			continue // a link: the same zone by another name
		}
		seen[sum] = true
		zone, err := time.LoadLocationFromTZData(name, all[name])
		if err != nil {
			t.Fatal(err)
		}
		rnd := rand.New(rand.NewPCG(uint64(i), 1))
		changes := transitions(zone)
		count += len(changes)
		changes = append(changes, time.Date(2028, 12, 31, 12, 0, 0, 0, time.UTC)) // see first
		for _, at := range changes {
			if aroundTransition(t, rnd, name, zone, at); t.Failed() {
				return
			}
		}
	}
	t.Logf("%d names, %d zones, %d changes of clocks", len(names), len(seen), count)
	if count < 500 {
		t.Errorf("only %d changes were looked at", count)
	}
}

// TestYears holds turns against the model from a rotation's beginning on, where
// counting them matters.
func TestYears(t *testing.T) {
	for i, name := range []string{"Europe/Berlin", "America/St_Johns", "Pacific/Apia", "Asia/Kolkata"} {
		zone, err := Zone(name)
		if err != nil {
			t.Fatal(err)
		}
		rnd := rand.New(rand.NewPCG(uint64(i), 2))
		from := time.Date(2010, 3, 1, 7, rnd.IntN(60), 0, 0, time.UTC)
		to := from.AddDate(rounds(), 1, 0)
		walls := shown(zone, from.AddDate(0, 0, -2), to)
		for range 2 * rounds() {
			r := drawn(rnd, from, wall(from, zone)/60+int64(rnd.IntN(24*60)))
			r.Recurrence.Multiplier = 1 + rnd.IntN(6)
			if diff := cmp.Diff(want(r, zone, from.AddDate(0, 0, -2), walls, from, to), got(t, prepare(r, zone, nil), from, to)); diff != "" {
				t.Fatalf("%s, rotation %+v (-model +package)\n%s", name, r, diff)
			}
		}
	}
}

// Shifts asked for piece by piece are those of the whole, and each instant has one at most.
func TestPieces(t *testing.T) {
	zone, err := Zone("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	rnd := rand.New(rand.NewPCG(3, 3))
	from := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	to := from.AddDate(0, 2, 0)
	for range 100 {
		w := drawn(rnd, from.Add(time.Duration(rnd.IntN(1000))*time.Hour), wall(from.AddDate(0, 0, 28), zone)/60)
		var overrides []tocsin.Override
		for i := range rnd.IntN(5) {
			start := from.Add(time.Duration(rnd.IntN(1400)) * time.Hour)
			overrides = append(overrides, tocsin.Override{ID: fmt.Sprint(i), Contacts: members("x"), Start: start, End: start.Add(time.Duration(1+rnd.IntN(300)) * time.Hour), Created: time.Unix(int64(rnd.IntN(3)), 0)})
		}
		r := prepare(w, zone, overrides)
		all := slices.Collect(r.Shifts(from, to))
		for i, s := range all {
			if !s.Start.Before(s.End) || i > 0 && s.Start.Before(all[i-1].End) {
				t.Fatalf("%v after %v", s, all[max(0, i-1)])
			}
			o := r.overrideAt(s.Start)
			if (o != nil) != (s.Type == tocsin.Overridden) || o != nil && o.ID != s.Override || r.overrideAt(s.End.Add(-1)) != o {
				t.Fatalf("%v by %v", s, o)
			}
		}
		var parts []tocsin.Shift
		for at := from; at.Before(to); {
			next := at.Add(time.Duration(1+rnd.IntN(200)) * time.Hour)
			for s := range r.Shifts(at, earlier(next, to)) {
				if n := len(parts); n == 0 || !parts[n-1].Start.Equal(s.Start) {
					parts = append(parts, s)
				}
			}
			at = next
		}
		if diff := cmp.Diff(all, parts); diff != "" {
			t.Fatalf("%+v %+v (-whole +pieces)\n%s", w, overrides, diff)
		}
	}
}
