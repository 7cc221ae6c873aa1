package doctor

import (
	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/engagement"
	"github.com/tocsin-io/tocsin/internal/store"
)

// lately is how many of a person's latest pages are looked at.
const lately = 50

// Read reads the account of the transaction as it is now.
func Read(tx *store.Tx) (House, error) {
	h := House{Now: tx.Now(), Failures: map[tocsin.ARN]string{},
		Book: engagement.Book{Contacts: map[tocsin.ARN]*tocsin.Contact{}, Channels: map[tocsin.ARN]*tocsin.Channel{}}}
	var err error
	if h.Plans, err = allPlans(tx); err != nil {
		return h, err
	}
	contacts, err := tx.AllContacts()
	if err != nil {
		return h, err
	}
	for _, c := range contacts {
		h.Book.Contacts[c.ARN()] = c
		if c.Type == tocsin.Personal {
			if err := failures(tx, c, h.Failures); err != nil {
				return h, err
			}
		}
		if c.Type == tocsin.OnCall {
			s := Schedule{Contact: c.ARN()}
			if s.Rotations, s.Missing, err = engagement.Rotations(tx, c, h.Now); err != nil {
				return h, err
			}
			h.Schedules = append(h.Schedules, s)
		}
	}
	channels, err := tx.AllChannels()
	if err != nil {
		return h, err
	}
	for _, ch := range channels {
		h.Book.Channels[ch.ARN()] = ch.Channel
	}
	rules, err := tx.AllRules()
	for _, m := range rules {
		if m.Rule.Account == tx.Account() {
			h.Rules = append(h.Rules, m)
		}
	}
	if err != nil {
		return h, err
	}
	h.ConfigRules, err = tx.AllConfigRules()
	return h, err
}

func allPlans(tx *store.Tx) (all []*tocsin.ResponsePlan, err error) {
	for after := ""; ; after = all[len(all)-1].Name {
		some, err := tx.ResponsePlans(after, 500)
		if err != nil || len(some) == 0 {
			return all, err
		}
		all = append(all, some...)
	}
}

// failures finds the channels of a person whose latest pages have all failed. A
// page that is still being tried for the first time says nothing.
func failures(tx *store.Tx, c *tocsin.Contact, into map[tocsin.ARN]string) error {
	pages, err := tx.PagesOfContact(c.ARN(), store.Cursor{}, lately)
	if err != nil {
		return err
	}
	row := map[tocsin.ARN]int{} // failed in a row; -1 once one was sent
	first := map[tocsin.ARN]*tocsin.Page{}
	for _, p := range pages {
		switch {
		case row[p.Channel] < 0 || row[p.Channel] >= failuresInARow:
		case !p.Sent.IsZero():
			row[p.Channel] = -1
		case p.Attempts > 0:
			row[p.Channel]++
			if first[p.Channel] == nil {
				first[p.Channel] = p.Page
			}
		}
	}
	for channel, n := range row {
		if n < failuresInARow {
			continue
		}
		facts, err := tx.Receipts(first[channel])
		if err != nil {
			return err
		}
		for _, f := range facts { // the newest first
			if f.Type == tocsin.ReceiptError {
				into[channel] = tocsin.Clip(f.Info, 200)
				break
			}
		}
	}
	return nil
}
