package engagement

import (
	"crypto/subtle"
	"slices"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/timeline"
)

// wrongCodes is how many wrong codes lock a page's code entry.
const wrongCodes = 5

// Answer is a person's answer to a page.
type Answer struct {
	Type   tocsin.ReceiptType // DELIVERED, or READ: the acknowledgement
	Code   string             // the six digits of the message
	Ignore bool               // take any digits, also where the code entry is locked: AcceptCodeValidation IGNORE
	Note   string
}

// Accept records a person's answer to a page. READ ends further pages to that
// person in the engagement, and the plan where the person is essential to it.
//
// A wrong code is counted, so a refusal must be committed too: it comes back
// as refused, while err undoes everything.
func Accept(tx *store.Tx, arn tocsin.ARN, a Answer) (refused *tocsin.Error, err error) {
	p, err := tx.Page(arn)
	if err != nil {
		return nil, err
	}
	if p == nil {
		return nil, tocsin.Missing(tocsin.TypePage, string(arn))
	}
	e, err := tx.Engagement(p.Engagement)
	if err != nil {
		return nil, err
	}
	if e == nil {
		return nil, tocsin.Missing(tocsin.TypeEngagement, string(p.Engagement))
	}
	if p.WrongCodes >= wrongCodes && !a.Ignore {
		return nil, codeError("The page no longer takes codes: too many wrong ones were entered.")
	}
	if !a.Ignore && subtle.ConstantTimeCompare([]byte(a.Code), []byte(p.Code)) != 1 {
		return wrongCode(tx, p)
	}
	if !p.Read.IsZero() {
		return nil, nil // acknowledged already
	}
	if !e.Stopped.IsZero() {
		return nil, codeError("The engagement has been stopped: its codes have expired.")
	}
	if p.Sent.IsZero() && !a.Ignore {
		// Who has the code has the message: the provider's answer is still under way, or
		// was lost with the server. The chain of receipts is whole all the same, and
		// nobody sends the page again or takes it back.
		p.Sent = tx.Now()
		if err := receipt(tx, p, tocsin.ReceiptSent, "the code of the message was entered"); err != nil {
			return nil, err
		}
	}
	if p.Delivered.IsZero() {
		p.Delivered = tx.Now()
		if err := receipt(tx, p, tocsin.ReceiptDelivered, a.Code); err != nil {
			return nil, err
		}
	}
	if a.Type == tocsin.ReceiptDelivered {
		return nil, tx.UpdatePage(p.Page)
	}
	p.Read = tx.Now()
	tx.Changed("engagement", p.ARN())
	if err := tx.UpdatePage(p.Page); err != nil {
		return nil, err
	}
	if err := receipt(tx, p, tocsin.ReceiptRead, a.Code); err != nil {
		return nil, err
	}
	return nil, acknowledge(tx, e, p, a.Note)
}

func codeError(text string) *tocsin.Error {
	return tocsin.Refuse(text, tocsin.Field{Name: "AcceptCode", Message: text})
}

func receipt(tx *store.Tx, p *store.PageRow, t tocsin.ReceiptType, info string) error {
	return tx.AddReceipt(p.Page, tocsin.Receipt{Channel: p.Channel, Type: t, Info: info, Time: tx.Now()})
}

func wrongCode(tx *store.Tx, p *store.PageRow) (*tocsin.Error, error) {
	p.WrongCodes++
	tx.Changed("engagement", p.ARN())
	tx.Note("wrong accept code")
	if err := tx.UpdatePage(p.Page); err != nil {
		return nil, err
	}
	if p.WrongCodes < wrongCodes {
		return codeError("Invalid value provided - AcceptCode is not the code of the page."), nil
	}
	refused := codeError("Invalid value provided - AcceptCode is not the code of the page. It no longer takes codes: too many wrong ones were entered.")
	if p.Incident == "" {
		return refused, nil
	}
	if inc, err := tx.Incident(p.Incident.Last()); err != nil || inc == nil {
		return refused, err // the incident was deleted: it has no timeline
	}
	_, err := timeline.Add(tx, p.Incident, tocsin.EventFailed, timeline.Page{Contact: string(p.Contact), Engagement: string(p.Engagement),
		Page: string(p.ARN()), Channel: string(p.Type), Reason: "code entry is locked after five wrong codes"})
	return refused, err
}

// acknowledge writes the fact into the engagement's log and takes the step that follows from it.
func acknowledge(tx *store.Tx, e *store.EngagementRow, p *store.PageRow, note string) error {
	s, err := decode(e)
	if err != nil {
		return err
	}
	ack := Ack{Contact: p.Contact, At: tx.Now()}
	if e.Incident != "" {
		_, err := timeline.Add(tx, e.Incident, tocsin.EventAcknowledge, timeline.Page{Contact: string(p.Contact), Engagement: string(e.ARN()),
			Page: string(p.ARN()), Channel: string(p.Type), Note: note})
		if err != nil {
			return err
		}
	}
	if err := proceedAfter(tx, e, s, ack); err != nil {
		return err
	}
	return eachSharing(tx, e, func(o *store.EngagementRow, s *State, people []tocsin.ARN) error {
		if !slices.Contains(people, p.Contact) {
			return nil
		}
		return proceedAfter(tx, o, s, ack)
	})
}

// proceedAfter takes the step that an acknowledgement leads to.
func proceedAfter(tx *store.Tx, e *store.EngagementRow, s *State, ack Ack) error {
	s.Acks = append(s.Acks, ack)
	if err := proceed(tx, e, s); err != nil {
		return err
	}
	return takeBack(tx, e, s)
}
