package auth_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/auth"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

const here = "192.0.2.1"

func signIn(t *testing.T, db *store.DB) *auth.SignIn {
	t.Helper()
	s, err := auth.NewSignIn(db)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func createPerson(t *testing.T, db *store.DB, name string, rights ...auth.Right) (p *auth.Person) {
	t.Helper()
	update(t, db, func(tx *store.Tx) (err error) {
		p, err = auth.CreatePerson(tx, name, rights)
		return err
	})
	return p
}

func link(t *testing.T, db *store.DB, name string) (l auth.Link) {
	t.Helper()
	update(t, db, func(tx *store.Tx) (err error) {
		l, err = auth.NewLink(tx, name)
		return err
	})
	return l
}

func refusedWith(t *testing.T, what string, err error, kind tocsin.Kind) {
	t.Helper()
	if tocsin.KindOf(err) != kind || err == nil {
		t.Errorf("%s: %v, want %s", what, err, kind)
	}
}

func TestFirstLinkMakesTheFirstPerson(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		s := signIn(t, db)
		var l auth.Link
		first := func(tx *store.Tx) (err error) {
			l, err = auth.FirstLink(tx, "admin")
			return err
		}
		update(t, db, first)
		if got := l.URL("https://tocsin.example.org/"); got != "https://tocsin.example.org/#/link?token="+l.Token {
			t.Errorf("URL = %s", got)
		}
		p, err := s.ByLink(t.Context(), l.Token, here)
		if err != nil {
			t.Fatal(err)
		}
		want := &auth.Principal{Account: dbtest.Account, ARN: "arn:aws:iam::111122223333:user/admin", Name: "admin", Kind: auth.KindPerson,
			Rights: []auth.Right{auth.Admin, auth.Responder}}
		if diff := cmp.Diff(want, p.Principal()); diff != "" || !p.NeedsCredential() {
			t.Errorf("needs credential: %v; principal (-want +got):\n%s", p.NeedsCredential(), diff)
		}
		_, err = s.ByLink(t.Context(), l.Token, here)
		refusedWith(t, "the same link again", err, tocsin.Denied)

		update(t, db, first)
		if l.Token != "" {
			t.Error("a first link although there is somebody")
		}
		update(t, db, func(tx *store.Tx) error {
			log, err := tx.AuditLog(store.Cursor{}, 10)
			if len(log) == 0 || log[0].Operation != "tocsin:SignInByLink" || log[0].Address != here || log[0].Principal != want.ARN {
				t.Errorf("audit: %+v", log)
			}
			return err
		})
	})
}

func TestLinkExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := dbtest.SQLite(t)
		s := signIn(t, db)
		createPerson(t, db, "ann", auth.Read)
		good, late := link(t, db, "ann"), link(t, db, "ann")
		time.Sleep(15*time.Minute - time.Second)
		if _, err := s.ByLink(t.Context(), good.Token, here); err != nil {
			t.Errorf("just in time: %v", err)
		}
		time.Sleep(time.Second)
		_, err := s.ByLink(t.Context(), late.Token, here)
		refusedWith(t, "too late", err, tocsin.Denied)
		for _, token := range []string{"", "x", late.Token + "x"} {
			_, err := s.ByLink(t.Context(), token, here)
			refusedWith(t, "no link", err, tocsin.Denied)
		}
	})
}

func TestPassword(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		s := signIn(t, db)
		p := createPerson(t, db, "ann", auth.Responder)
		const word = "correct horse battery"

		_, err := s.ByPassword(t.Context(), "ann", "", here)
		refusedWith(t, "no password set", err, tocsin.Denied)
		_, err = s.SetPassword(t.Context(), p, "too short", here)
		refusedWith(t, "short password", err, tocsin.Invalid)
		if _, err := s.SetPassword(t.Context(), p, word, here); err != nil {
			t.Fatal(err)
		}
		got, err := s.ByPassword(t.Context(), "ann", word, here)
		if err != nil || got.ID != p.ID || got.NeedsCredential() {
			t.Fatalf("ByPassword = %+v, %v", got, err)
		}
		for _, bad := range [][2]string{{"ann", word + "x"}, {"Ann", word}, {"bob", word}, {"", ""}, {"ann", strings.Repeat("x", 1<<20)}} {
			_, err := s.ByPassword(t.Context(), bad[0], bad[1], here)
			refusedWith(t, "sign in as "+bad[0], err, tocsin.Denied)
			if err != nil && (!strings.Contains(err.Error(), "The name or the password is wrong.") || strings.Contains(err.Error(), word)) {
				t.Errorf("the refusal tells too much: %v", err)
			}
		}
	})
}

func TestGuessingIsSlowedDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := dbtest.SQLite(t)
		s := signIn(t, db)
		p := createPerson(t, db, "ann", auth.Read)
		const word = "correct horse battery"
		if _, err := s.SetPassword(t.Context(), p, word, here); err != nil {
			t.Fatal(err)
		}
		guess := func(name, address string) error {
			_, err := s.ByPassword(t.Context(), name, "wrong wrong wrong", address)
			return err
		}
		for i := range 10 {
			// From ever other addresses: the person is what is protected.
			refusedWith(t, "guess", guess("ann", "192.0.2."+string(rune('a'+i))), tocsin.Denied)
		}
		err := guess("ann", here)
		refusedWith(t, "one guess too many", err, tocsin.Throttled)
		_, err = s.ByPassword(t.Context(), "ann", word, here)
		refusedWith(t, "even with the right password", err, tocsin.Throttled)
		refusedWith(t, "somebody else", guess("bob", here), tocsin.Denied)

		time.Sleep(20 * time.Second)
		if _, err := s.ByPassword(t.Context(), "ann", word, here); err != nil {
			t.Errorf("after a while: %v", err)
		}
		for range 10 {
			refusedWith(t, "guess after a sign-in", guess("ann", "198.51.100.1"), tocsin.Denied)
		}

		// And one address that tries many names is stopped, whoever they are.
		throttled := 0
		for i := range 40 {
			if tocsin.KindOf(guess("name-"+string(rune('a'+i)), "203.0.113.1")) == tocsin.Throttled {
				throttled++
			}
		}
		if throttled != 20 {
			t.Errorf("%d of 40 tries from one address were stopped, want 20", throttled)
		}
	})
}

func TestDeletePerson(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		s := signIn(t, db)
		createPerson(t, db, "root", auth.Admin)
		createPerson(t, db, "ann", auth.Responder)
		del := func(name string) error {
			return db.Update(t.Context(), dbtest.Who, func(tx *store.Tx) error { return auth.DeletePerson(tx, name) })
		}
		l := link(t, db, "ann")
		refusedWith(t, "the last admin", del("root"), tocsin.Conflict)
		refusedWith(t, "nobody", del("carl"), tocsin.NotFound)
		if err := del("ann"); err != nil {
			t.Fatal(err)
		}
		_, err := s.ByLink(t.Context(), l.Token, here)
		refusedWith(t, "a link of somebody removed", err, tocsin.Denied)
		createPerson(t, db, "second", auth.Admin)
		if err := del("root"); err != nil {
			t.Errorf("one of two admins: %v", err)
		}
		err = db.Update(t.Context(), dbtest.Who, func(tx *store.Tx) error {
			_, err := auth.CreatePerson(tx, "second", []auth.Right{auth.Read})
			return err
		})
		refusedWith(t, "a name that is taken", err, tocsin.Conflict)
	})
}

func TestPeople(t *testing.T) {
	db := dbtest.SQLite(t)
	createPerson(t, db, "bob", auth.Read)
	createPerson(t, db, "ann", auth.Admin)
	stranger := dbtest.Who
	stranger.Account = "999988887777"
	for _, c := range []struct {
		who   store.Who
		after string
		want  []string
	}{
		{dbtest.Who, "", []string{"ann", "bob"}},
		{dbtest.Who, "ann", []string{"bob"}},
		{stranger, "", []string{}},
	} {
		got := []string{}
		err := db.View(t.Context(), c.who, func(tx *store.Tx) error {
			all, err := auth.People(tx, c.after, 10)
			for _, p := range all {
				got = append(got, p.Name)
			}
			return err
		})
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
			t.Errorf("People of %s after %q: %v\n%s", c.who.Account, c.after, err, diff)
		}
	}
}
