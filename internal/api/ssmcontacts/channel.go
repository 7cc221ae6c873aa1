package ssmcontacts

import (
	"context"
	"maps"
	"slices"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/api"
	wire "github.com/tocsin-io/tocsin/internal/aws/ssmcontacts"
	"github.com/tocsin-io/tocsin/internal/engagement"
	"github.com/tocsin-io/tocsin/internal/store"
)

func sorted(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }

func status(c *tocsin.Channel) wire.ActivationStatus {
	if c.Activated {
		return wire.ActivationStatusActivated
	}
	return wire.ActivationStatusNotActivated
}

// CreateContactChannel gives a person a channel and sends its activation code,
// unless that is deferred.
func (s *Server) CreateContactChannel(ctx context.Context, in *wire.CreateContactChannelInput) (*wire.CreateContactChannelOutput, error) {
	var arn string
	err := s.update(ctx, func(tx *store.Tx) (err error) {
		arn, err = store.Once(tx, scope(tx, "CreateContactChannel"), api.Text(in.IdempotencyToken), in, func() (string, error) {
			c, err := tx.Contact(tocsin.ARN(in.ContactId))
			if err != nil {
				return "", err
			}
			if c == nil { // the model has no ResourceNotFoundException here
				return "", tocsin.Refuse("Invalid value provided - the contact does not exist", tocsin.Field{Name: "ContactId", Message: "names no contact"})
			}
			ch := &tocsin.Channel{Name: in.Name, Type: tocsin.ChannelType(in.Type), Address: api.Text(in.DeliveryAddress.SimpleAddress)}
			if err := engagement.AddChannel(tx, c, ch, in.DeferActivation != nil && *in.DeferActivation); err != nil {
				return "", err
			}
			return string(ch.ARN()), nil
		})
		return err
	})
	return &wire.CreateContactChannelOutput{ContactChannelArn: arn}, err
}

// GetContactChannel tells of a channel.
func (s *Server) GetContactChannel(ctx context.Context, in *wire.GetContactChannelInput) (*wire.GetContactChannelOutput, error) {
	out := &wire.GetContactChannelOutput{}
	err := s.view(ctx, func(tx *store.Tx) error {
		c, err := channel(tx, in.ContactChannelId)
		if err == nil {
			*out = wire.GetContactChannelOutput{ContactArn: string(c.ContactARN()), ContactChannelArn: string(c.ARN()), Name: c.Name, Type: wire.ChannelType(c.Type),
				DeliveryAddress: wire.ContactChannelAddress{SimpleAddress: &c.Address}, ActivationStatus: new(status(c.Channel))}
		}
		return err
	})
	return out, err
}

// UpdateContactChannel renames a channel or changes its address, which must then
// be activated anew.
func (s *Server) UpdateContactChannel(ctx context.Context, in *wire.UpdateContactChannelInput) (*wire.UpdateContactChannelOutput, error) {
	return &wire.UpdateContactChannelOutput{}, s.update(ctx, func(tx *store.Tx) error {
		ch, err := channel(tx, in.ContactChannelId)
		if err != nil {
			return err
		}
		c, err := contact(tx, string(ch.ContactARN()))
		if err != nil {
			return err
		}
		var address *string
		if in.DeliveryAddress != nil {
			address = new(api.Text(in.DeliveryAddress.SimpleAddress)) // without one it is refused, not left as it was
		}
		return engagement.ChangeChannel(tx, c, ch, in.Name, address)
	})
}

// DeleteContactChannel deletes a channel; plans that name it skip it.
func (s *Server) DeleteContactChannel(ctx context.Context, in *wire.DeleteContactChannelInput) (*wire.DeleteContactChannelOutput, error) {
	return &wire.DeleteContactChannelOutput{}, s.update(ctx, func(tx *store.Tx) error {
		c, err := channel(tx, in.ContactChannelId)
		if err != nil {
			return err
		}
		return tx.DeleteChannel(c.Channel)
	})
}

// ListContactChannels lists a person's channels, the oldest first.
func (s *Server) ListContactChannels(ctx context.Context, in *wire.ListContactChannelsInput) (*wire.ListContactChannelsOutput, error) {
	p, err := api.NewPage(ctx, s.Pager, in.MaxResults, in.NextToken, in.ContactId)
	if err != nil {
		return nil, err
	}
	after, err := p.Cursor()
	if err != nil {
		return nil, err
	}
	out := &wire.ListContactChannelsOutput{ContactChannels: []wire.ContactChannel{}}
	err = s.view(ctx, func(tx *store.Tx) error {
		c, err := contact(tx, in.ContactId)
		if err != nil {
			return err
		}
		rows, err := tx.Channels(c.ARN(), after, p.Limit+1)
		for i, ch := range rows {
			if i == p.Limit {
				out.NextToken = p.TokenAt(store.Cursor{Time: rows[i-1].Created, ID: rows[i-1].ID})
				break
			}
			out.ContactChannels = append(out.ContactChannels, wire.ContactChannel{ContactChannelArn: string(ch.ARN()), ContactArn: string(c.ARN()), Name: ch.Name,
				Type: new(wire.ChannelType(ch.Type)), DeliveryAddress: wire.ContactChannelAddress{SimpleAddress: &ch.Address}, ActivationStatus: status(ch.Channel)})
		}
		return err
	})
	return out, err
}

// SendActivationCode sends a channel a new code; the one before no longer counts.
func (s *Server) SendActivationCode(ctx context.Context, in *wire.SendActivationCodeInput) (*wire.SendActivationCodeOutput, error) {
	return &wire.SendActivationCodeOutput{}, s.update(ctx, func(tx *store.Tx) error {
		c, err := channel(tx, in.ContactChannelId)
		if err != nil {
			return err
		}
		return engagement.SendCode(tx, c)
	})
}

// ActivateContactChannel turns a channel on with the code that was sent to it.
func (s *Server) ActivateContactChannel(ctx context.Context, in *wire.ActivateContactChannelInput) (*wire.ActivateContactChannelOutput, error) {
	return &wire.ActivateContactChannelOutput{}, s.counted(ctx, func(tx *store.Tx) (*tocsin.Error, error) {
		c, err := channel(tx, in.ContactChannelId)
		if err != nil {
			return nil, err
		}
		return engagement.Activate(tx, c, in.ActivationCode)
	})
}

// counted runs an operation that counts wrong codes: its refusal is committed
// and then answered.
func (s *Server) counted(ctx context.Context, fn func(*store.Tx) (*tocsin.Error, error)) error {
	var refused *tocsin.Error
	err := s.update(ctx, func(tx *store.Tx) (err error) {
		refused, err = fn(tx)
		return err
	})
	if err == nil && refused != nil {
		return refused
	}
	return err
}

// DeactivateContactChannel turns a channel off: it is not paged until it is
// activated again.
func (s *Server) DeactivateContactChannel(ctx context.Context, in *wire.DeactivateContactChannelInput) (*wire.DeactivateContactChannelOutput, error) {
	return &wire.DeactivateContactChannelOutput{}, s.update(ctx, func(tx *store.Tx) error {
		c, err := channel(tx, in.ContactChannelId)
		if err != nil {
			return err
		}
		c.Activated, c.Code = false, ""
		return tx.UpdateChannel(c)
	})
}
