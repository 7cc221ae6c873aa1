package tocsin

import (
	"context"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/api"
	"github.com/tocsin-io/tocsin/internal/auth"
	wire "github.com/tocsin-io/tocsin/internal/aws/tocsin"
	"github.com/tocsin-io/tocsin/internal/store"
)

// maxKeys is how many keys or people one list shows.
const maxKeys = 1000

func rights(in []wire.Right) ([]auth.Right, error) {
	words := make([]string, len(in))
	for i, r := range in {
		words[i] = string(r)
	}
	return auth.ParseRights(words)
}

func wireRights(in []auth.Right) []wire.Right {
	out := make([]wire.Right, len(in))
	for i, r := range in {
		out[i] = wire.Right(r)
	}
	return out
}

// CreateKey makes an access key. Its secret is in this answer and nowhere else.
// Another account than the caller's may be named: who may make keys runs the server.
func (s *Server) CreateKey(ctx context.Context, in *wire.CreateKeyInput) (*wire.CreateKeyOutput, error) {
	may, err := rights(in.Rights)
	if err != nil {
		return nil, err
	}
	who := api.Who(ctx)
	if in.AccountId != nil {
		who.Account = tocsin.Account(*in.AccountId)
	}
	var key auth.Key
	err = s.DB.Update(ctx, who, func(tx *store.Tx) (err error) {
		key, err = s.Keys.Create(tx, in.Name, may)
		return err
	})
	return &wire.CreateKeyOutput{AccessKeyId: key.ID, SecretAccessKey: key.Secret}, err
}

// ListKeys lists the account's access keys, without their secrets.
func (s *Server) ListKeys(ctx context.Context, _ *wire.ListKeysInput) (*wire.ListKeysOutput, error) {
	out := &wire.ListKeysOutput{Keys: []wire.Key{}}
	err := s.DB.View(ctx, api.Who(ctx), func(tx *store.Tx) error {
		keys, err := s.Keys.List(tx, "", maxKeys)
		for _, k := range keys {
			out.Keys = append(out.Keys, wire.Key{AccessKeyId: k.ID, Name: k.Name, Rights: wireRights(k.Rights), Account: string(tx.Account()), CreatedAt: k.Created})
		}
		return err
	})
	return out, err
}

// DeleteKey removes an access key: whoever signs with it is refused from then on.
func (s *Server) DeleteKey(ctx context.Context, in *wire.DeleteKeyInput) (*wire.DeleteKeyOutput, error) {
	err := s.DB.Update(ctx, api.Who(ctx), func(tx *store.Tx) error { return s.Keys.Delete(tx, in.AccessKeyId) })
	return &wire.DeleteKeyOutput{}, err
}

// CreatePerson makes somebody who may sign in to the console, and the link they
// come in by the first time.
func (s *Server) CreatePerson(ctx context.Context, in *wire.CreatePersonInput) (*wire.CreatePersonOutput, error) {
	may, err := rights(in.Rights)
	if err != nil {
		return nil, err
	}
	var link auth.Link
	err = s.DB.Update(ctx, api.Who(ctx), func(tx *store.Tx) error {
		p, err := auth.CreatePerson(tx, in.Name, may)
		if err != nil {
			return err
		}
		link, err = auth.NewLink(tx, p.Name)
		return err
	})
	return &wire.CreatePersonOutput{SignInLink: link.URL(s.URL)}, err
}

// ListPeople lists who may sign in to the console.
func (s *Server) ListPeople(ctx context.Context, _ *wire.ListPeopleInput) (*wire.ListPeopleOutput, error) {
	out := &wire.ListPeopleOutput{People: []wire.Person{}}
	err := s.DB.View(ctx, api.Who(ctx), func(tx *store.Tx) error {
		people, err := auth.People(tx, "", maxKeys)
		for _, p := range people {
			out.People = append(out.People, wire.Person{Name: p.Name, Rights: wireRights(p.Rights), CreatedAt: p.Created})
		}
		return err
	})
	return out, err
}

// DeletePerson removes somebody: their sessions and links end at once.
func (s *Server) DeletePerson(ctx context.Context, in *wire.DeletePersonInput) (*wire.DeletePersonOutput, error) {
	err := s.DB.Update(ctx, api.Who(ctx), func(tx *store.Tx) error { return auth.DeletePerson(tx, in.Name) })
	return &wire.DeletePersonOutput{}, err
}

// firstPerson is who a link is for when nobody is named.
const firstPerson = "admin"

// CreateSignInLink makes a one-time link for a person; where nobody is named,
// for the first person, who is made if there is none.
func (s *Server) CreateSignInLink(ctx context.Context, in *wire.CreateSignInLinkInput) (*wire.CreateSignInLinkOutput, error) {
	name, newLink := firstPerson, auth.LinkFor
	if in.PersonName != nil && *in.PersonName != "" {
		name, newLink = *in.PersonName, auth.NewLink
	}
	var link auth.Link
	err := s.DB.Update(ctx, api.Who(ctx), func(tx *store.Tx) (err error) {
		link, err = newLink(tx, name)
		return err
	})
	return &wire.CreateSignInLinkOutput{Url: link.URL(s.URL), ExpiresAt: link.Expires}, err
}
