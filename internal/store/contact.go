package store

import (
	"fmt"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/store/sqldb"
)

func contact(r sqldb.Contact) (*tocsin.Contact, error) {
	c := &tocsin.Contact{Account: tocsin.Account(r.Account), Region: tocsin.Region(r.Region), Alias: r.Alias,
		Type: tocsin.ContactType(r.Type), DisplayName: r.DisplayName, Created: tocsin.Micros(r.Created).Time()}
	return c, decode(r.Plan, &c.Plan)
}

// Contact gives the contact an ARN names, of the transaction's account in the
// ARN's region, or nil.
func (tx *Tx) Contact(arn tocsin.ARN) (*tocsin.Contact, error) {
	if arn.Account() != tx.Account() || arn.Kind() != "contact" {
		return nil, nil
	}
	r, err := tx.q.GetContact(tx.ctx, sqldb.GetContactParams{Account: tx.acct(), Region: string(arn.Region()), Alias: arn.ID()})
	if none(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read contact: %w", err)
	}
	c, err := contact(r)
	if err == nil && c.ARN() != arn {
		return nil, nil
	}
	return c, err
}

// InsertContact writes a new contact; false says that the alias is taken.
func (tx *Tx) InsertContact(c *tocsin.Contact) (bool, error) {
	tx.Changed("contact", c.ARN())
	n, err := tx.q.InsertContact(tx.ctx, sqldb.InsertContactParams{Account: tx.acct(), Region: string(c.Region), Alias: c.Alias,
		Type: string(c.Type), DisplayName: c.DisplayName, Plan: encode(c.Plan), Created: micros(c.Created)})
	return n == 1, wrap("write contact", err)
}

// UpdateContact writes a contact's display name and plan.
func (tx *Tx) UpdateContact(c *tocsin.Contact) error {
	tx.Changed("contact", c.ARN())
	_, err := tx.q.UpdateContact(tx.ctx, sqldb.UpdateContactParams{DisplayName: c.DisplayName, Plan: encode(c.Plan),
		Account: tx.acct(), Region: string(c.Region), Alias: c.Alias})
	return wrap("write contact", err)
}

// DeleteContact removes a contact, its channels and its tags; plans that name it stay as they are.
func (tx *Tx) DeleteContact(c *tocsin.Contact) error {
	tx.Changed("contact", c.ARN())
	chans, err := tx.Channels(c.ARN(), Cursor{}, maxRows)
	if err != nil {
		return err
	}
	for _, ch := range chans {
		if err := tx.DeleteChannel(ch.Channel); err != nil {
			return err
		}
	}
	if _, err := tx.q.DeleteContact(tx.ctx, sqldb.DeleteContactParams{Account: tx.acct(), Region: string(c.Region), Alias: c.Alias}); err != nil {
		return fmt.Errorf("delete contact: %w", err)
	}
	if err := tx.q.DeleteContactPolicy(tx.ctx, sqldb.DeleteContactPolicyParams{Account: tx.acct(), Region: string(c.Region), Alias: c.Alias}); err != nil {
		return fmt.Errorf("delete contact policy: %w", err)
	}
	return tx.DeleteTags(c.ARN())
}

// PutContactPolicy writes a contact's resource policy, in the place of the one it had.
func (tx *Tx) PutContactPolicy(c *tocsin.Contact, policy string) error {
	tx.Changed("contact", c.ARN())
	return wrap("write contact policy", tx.q.PutContactPolicy(tx.ctx, sqldb.PutContactPolicyParams{Account: tx.acct(), Region: string(c.Region), Alias: c.Alias, Policy: policy}))
}

// ContactPolicy gives a contact's resource policy; empty where it has none.
func (tx *Tx) ContactPolicy(c *tocsin.Contact) (string, error) {
	text, err := tx.q.GetContactPolicy(tx.ctx, sqldb.GetContactPolicyParams{Account: tx.acct(), Region: string(c.Region), Alias: c.Alias})
	if none(err) {
		return "", nil
	}
	return text, wrap("read contact policy", err)
}

// Contacts lists at most limit contacts of the region by alias, after the given one.
func (tx *Tx) Contacts(after string, limit int) ([]*tocsin.Contact, error) {
	rows, err := tx.q.ListContacts(tx.ctx, sqldb.ListContactsParams{Account: tx.acct(), Region: tx.region(), Alias: after, Limit: int32(limit)})
	return each("list contacts", rows, err, contact)
}

// maxRows stands for "all" where the number is bounded by something else.
const maxRows = 1 << 20

// ChannelRow is a channel with what only its activation needs.
type ChannelRow struct {
	*tocsin.Channel
	Code        string // the activation code that was sent last; empty when none is valid
	CodeExpires tocsin.Micros
	CodeTries   int // wrong tries since it was sent
}

// AllContacts lists the contacts of the account in all regions.
func (tx *Tx) AllContacts() ([]*tocsin.Contact, error) {
	rows, err := tx.q.ListContactsOfAccount(tx.ctx, tx.acct())
	return each("list contacts", rows, err, contact)
}

// AllChannels lists the channels of the account in all regions.
func (tx *Tx) AllChannels() ([]*ChannelRow, error) {
	rows, err := tx.q.ListChannelsOfAccount(tx.ctx, tx.acct())
	return each("list channels", rows, err, tx.channel)
}

func (tx *Tx) channel(r sqldb.Channel) (*ChannelRow, error) {
	address, err := tx.Unseal(r.ID, r.Address)
	if err != nil {
		return nil, fmt.Errorf("channel address: %w", err)
	}
	code, err := tx.Unseal(r.ID+"/code", r.Code)
	if err != nil {
		return nil, fmt.Errorf("channel code: %w", err)
	}
	return &ChannelRow{
		Channel: &tocsin.Channel{Account: tocsin.Account(r.Account), Region: tocsin.Region(r.Region), ID: r.ID, Contact: r.Contact, Name: r.Name,
			Type: tocsin.ChannelType(r.Type), Address: string(address), Activated: r.Activated, Created: tocsin.Micros(r.Created).Time()},
		Code: string(code), CodeExpires: tocsin.Micros(r.CodeExpires), CodeTries: int(r.CodeTries),
	}, nil
}

// Channel gives the channel an ARN names, or nil.
func (tx *Tx) Channel(arn tocsin.ARN) (*ChannelRow, error) {
	if arn.Account() != tx.Account() || arn.Kind() != "contact-channel" {
		return nil, nil
	}
	r, err := tx.q.GetChannel(tx.ctx, sqldb.GetChannelParams{Account: tx.acct(), Region: string(arn.Region()), ID: arn.Last()})
	if none(err) || err == nil && tocsin.ChannelARN(tocsin.Region(r.Region), tocsin.Account(r.Account), r.Contact, r.ID) != arn {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read channel: %w", err)
	}
	return tx.channel(r)
}

// InsertChannel writes a new channel.
func (tx *Tx) InsertChannel(c *ChannelRow) error {
	tx.Changed("contact", c.ARN())
	return wrap("write channel", tx.q.InsertChannel(tx.ctx, sqldb.InsertChannelParams{
		Account: tx.acct(), Region: string(c.Region), ID: c.ID, Contact: c.Contact, Name: c.Name, Type: string(c.Type),
		Address: tx.Seal(c.ID, []byte(c.Address)), Activated: c.Activated, Code: tx.sealCode(c), CodeExpires: int64(c.CodeExpires),
		CodeTries: int32(c.CodeTries), Created: micros(c.Created)}))
}

// UpdateChannel writes what may change of a channel.
func (tx *Tx) UpdateChannel(c *ChannelRow) error {
	tx.Changed("contact", c.ARN())
	_, err := tx.q.UpdateChannel(tx.ctx, sqldb.UpdateChannelParams{
		Name: c.Name, Address: tx.Seal(c.ID, []byte(c.Address)), Activated: c.Activated, Code: tx.sealCode(c),
		CodeExpires: int64(c.CodeExpires), CodeTries: int32(c.CodeTries), Account: tx.acct(), Region: string(c.Region), ID: c.ID})
	return wrap("write channel", err)
}

func (tx *Tx) sealCode(c *ChannelRow) []byte {
	if c.Code == "" {
		return []byte{}
	}
	return tx.Seal(c.ID+"/code", []byte(c.Code))
}

// DeleteChannel removes a channel; plans that name it skip it from then on.
func (tx *Tx) DeleteChannel(c *tocsin.Channel) error {
	tx.Changed("contact", c.ARN())
	_, err := tx.q.DeleteChannel(tx.ctx, sqldb.DeleteChannelParams{Account: tx.acct(), Region: string(c.Region), ID: c.ID})
	return wrap("delete channel", err)
}

// Channels lists at most limit channels of a contact, the oldest first, after the cursor.
func (tx *Tx) Channels(contact tocsin.ARN, c Cursor, limit int) ([]*ChannelRow, error) {
	after, id := c.after()
	rows, err := tx.q.ListChannels(tx.ctx, sqldb.ListChannelsParams{Account: tx.acct(), Region: string(contact.Region()), Contact: contact.ID(),
		After: after, AfterID: id, Max: int32(limit)})
	return each("list channels", rows, err, tx.channel)
}
