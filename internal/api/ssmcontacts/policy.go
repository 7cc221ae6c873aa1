package ssmcontacts

import (
	"context"
	"encoding/json"

	"github.com/tocsin-io/tocsin"
	wire "github.com/tocsin-io/tocsin/internal/aws/ssmcontacts"
	"github.com/tocsin-io/tocsin/internal/store"
)

// PutContactPolicy keeps a contact's resource policy, in the place of the one it
// had. Policies share a contact with other accounts; a principal here sees only its
// own account, so they are kept and shown and let nobody in.
func (s *Server) PutContactPolicy(ctx context.Context, in *wire.PutContactPolicyInput) (*wire.PutContactPolicyOutput, error) {
	var document struct {
		Statement json.RawMessage
	}
	if err := json.Unmarshal([]byte(in.Policy), &document); err != nil || len(document.Statement) == 0 {
		const why = "is not a policy document: a JSON object with a Statement"
		return nil, tocsin.Refuse("Invalid value provided - Policy "+why, tocsin.Field{Name: "Policy", Message: why})
	}
	return &wire.PutContactPolicyOutput{}, s.update(ctx, func(tx *store.Tx) error {
		c, err := contact(tx, in.ContactArn)
		if err != nil {
			return err
		}
		return tx.PutContactPolicy(c, in.Policy)
	})
}

// GetContactPolicy shows a contact's resource policy; it is left out where there is none.
func (s *Server) GetContactPolicy(ctx context.Context, in *wire.GetContactPolicyInput) (*wire.GetContactPolicyOutput, error) {
	out := &wire.GetContactPolicyOutput{}
	err := s.view(ctx, func(tx *store.Tx) error {
		c, err := contact(tx, in.ContactArn)
		if err != nil {
			return err
		}
		text, err := tx.ContactPolicy(c)
		if text != "" {
			out.Policy = &text
		}
		out.ContactArn = new(string(c.ARN()))
		return err
	})
	return out, err
}
