package notify

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/fault"
	"github.com/tocsin-io/tocsin/internal/job"
	"github.com/tocsin-io/tocsin/internal/store"
)

// Deliver is the job of bringing a page to its channel. Package engagement
// writes it together with the page.
type Deliver struct{ Page tocsin.ARN }

// Kind names the job.
func (Deliver) Kind() string { return "notify.deliver" }

// Queue is that of pages.
func (Deliver) Queue() job.Queue { return job.Page }

// Activate is the job of sending a channel its activation code, which stands,
// sealed, in the channel's row.
type Activate struct {
	Channel tocsin.ARN
	Serial  string // makes each sending a message of its own
	Try     int
}

// Kind names the job.
func (Activate) Kind() string { return "notify.activate" }

// Queue is that of pages: somebody is waiting for the code.
func (Activate) Queue() job.Queue { return job.Page }

// Failed tells package engagement, which works it, that a page was given up.
type Failed struct {
	Page   tocsin.ARN
	Reason string
}

// Kind names the job.
func (Failed) Kind() string { return "notify.failed" }

// Queue is that of engagement steps.
func (Failed) Queue() job.Queue { return job.Engage }

// Service delivers messages. It is the edge: it holds the providers.
type Service struct {
	DB        *store.DB
	Log       *slog.Logger
	URL       string // of the console, for links; no slash at the end
	Senders   map[tocsin.ChannelType]Sender
	Delivered func(accepted, handed time.Time) // told of each page handed over; may be nil
}

// Register has r's workers deliver.
func (s *Service) Register(r *job.Runner) {
	job.Do(r, s.deliver)
	job.Do(r, s.activate)
}

// Close closes the providers that want to be closed.
func (s *Service) Close() {
	for t, sender := range s.Senders {
		if c, ok := sender.(io.Closer); ok {
			if err := c.Close(); err != nil {
				s.Log.Warn("cannot close a provider", "channel", t, "error", err)
			}
		}
	}
}

// unwanted says why a page is not sent: it ends the chain with a STOP receipt.
type unwanted string

func (s *Service) deliver(ctx context.Context, j job.Job, d Deliver) (job.Finish, error) {
	var page *store.PageRow
	var m Message
	var stop unwanted
	err := s.DB.View(ctx, j.Who, func(tx *store.Tx) (err error) {
		page, stop, err = wanted(tx, d.Page)
		if err != nil || page == nil || stop != "" {
			return err
		}
		m, stop, err = s.pageMessage(tx, page)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read page: %w", err)
	}
	if page == nil {
		return nil, nil // gone, sent already or taken back
	}
	if stop != "" {
		return func(tx *store.Tx) error { return receipt(tx, page.Page, tocsin.ReceiptStop, string(stop)) }, nil
	}
	sender := s.Senders[page.Type]
	if sender == nil {
		return func(tx *store.Tx) error { return s.sentTo(tx, page, m, Receipt{ID: "outbox"}, true) }, nil
	}
	fault.Point("before", "send of a page")
	r, err := sender.Send(ctx, m)
	fault.Point("after", "send of a page")
	if err != nil {
		s.Log.Warn("page not delivered", "page", page.ARN(), "type", page.Type, "try", page.Attempts+1, "permanent", IsPermanent(err), "error", err)
		return func(tx *store.Tx) error { return s.failed(tx, page, job.Rank(j.Rank).Again(), err) }, nil
	}
	return func(tx *store.Tx) error { return s.sentTo(tx, page, m, r, false) }, nil
}

// wanted reads a page and tells why it need not be sent any more, if so.
func wanted(tx *store.Tx, arn tocsin.ARN) (*store.PageRow, unwanted, error) {
	page, err := tx.Page(arn)
	if err != nil || page == nil || !page.Sent.IsZero() {
		return nil, "", err
	}
	eng, err := tx.Engagement(page.Engagement)
	if err != nil {
		return nil, "", err
	}
	if eng == nil {
		return nil, "", nil
	}
	if !eng.Stopped.IsZero() {
		return page, unwanted("the engagement was stopped: " + eng.StopReason), nil
	}
	facts, err := tx.Receipts(page.Page)
	if err != nil || slices.ContainsFunc(facts, func(r tocsin.Receipt) bool { return r.Type == tocsin.ReceiptStop }) {
		return nil, "", err // taken back
	}
	others, err := tx.PagesOfEngagement(page.Engagement, store.Cursor{}, 1000)
	if err != nil {
		return nil, "", err
	}
	for _, o := range others {
		if o.Contact == page.Contact && !o.Read.IsZero() && !o.Read.Before(page.Created) {
			return page, "the person has acknowledged", nil
		}
	}
	return page, "", nil
}

func receipt(tx *store.Tx, p *tocsin.Page, t tocsin.ReceiptType, info string) error {
	return tx.AddReceipt(p, tocsin.Receipt{Channel: p.Channel, Type: t, Info: info, Time: tx.Now()})
}

// sentTo records that the provider, or the outbox, has the page.
func (s *Service) sentTo(tx *store.Tx, page *store.PageRow, m Message, r Receipt, outbox bool) error {
	fresh, err := tx.Page(page.ARN()) // it may have been read meanwhile
	if err != nil || fresh == nil {
		return err
	}
	known := !fresh.Sent.IsZero() // by an answer that came before the provider's
	if !known {
		fresh.Sent = tx.Now()
	}
	fresh.Attempts++
	if outbox {
		m.ID, m.Time = m.Key, tx.Now()
		if err := tx.AddOutbox(m.Message); err != nil {
			return err
		}
	}
	if err := tx.UpdatePage(fresh.Page); err != nil {
		return err
	}
	if s.Delivered != nil {
		created, sent := fresh.Created, fresh.Sent
		tx.OnCommit(func() { s.Delivered(created, sent) })
	}
	if known {
		return nil
	}
	return receipt(tx, fresh.Page, tocsin.ReceiptSent, r.ID)
}

// failed records a try that failed and plans the next one, or gives the page up.
func (s *Service) failed(tx *store.Tx, page *store.PageRow, rank job.Rank, cause error) error {
	fresh, err := tx.Page(page.ARN())
	if err != nil || fresh == nil || !fresh.Sent.IsZero() { // answered: it came in spite of the error
		return err
	}
	fresh.Attempts++
	if err := tx.UpdatePage(fresh.Page); err != nil {
		return err
	}
	if err := receipt(tx, fresh.Page, tocsin.ReceiptError, cause.Error()); err != nil {
		return err
	}
	if IsPermanent(cause) || fresh.Attempts >= maxTries {
		return job.Now(tx, Failed{Page: page.ARN(), Reason: tocsin.Clip(cause.Error(), 1000)})
	}
	return job.AtRank(tx, tx.Now().Add(pause(fresh.Attempts, page.Retry)), rank, Deliver{Page: page.ARN()})
}

// pause is the wait after a number of failed tries: what the plan says, else
// growing from seconds to minutes.
func pause(tries int, planned time.Duration) time.Duration {
	if planned > 0 {
		return planned
	}
	return min(lastPause, firstPause<<min(tries-1, 10))
}

// TryFor gives how long after its first try a page is given up, by the plan's wait
// between tries.
func TryFor(planned time.Duration) (all time.Duration) {
	for tries := 1; tries < maxTries; tries++ {
		all += pause(tries, planned)
	}
	return all
}

func (s *Service) activate(ctx context.Context, j job.Job, a Activate) (job.Finish, error) {
	var ch *store.ChannelRow
	err := s.DB.View(ctx, j.Who, func(tx *store.Tx) (err error) {
		ch, err = tx.Channel(a.Channel)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read channel: %w", err)
	}
	if ch == nil || ch.Code == "" {
		return nil, nil // deleted, or activated meanwhile
	}
	m := s.activationMessage(ch, a)
	sender := s.Senders[ch.Type]
	if sender == nil {
		return func(tx *store.Tx) error {
			m.ID, m.Time = m.Key, tx.Now()
			return tx.AddOutbox(m.Message)
		}, nil
	}
	fault.Point("before", "send of a code")
	_, err = sender.Send(ctx, m)
	fault.Point("after", "send of a code")
	if err != nil {
		s.Log.Warn("activation code not delivered", "channel", ch.ARN(), "try", a.Try+1, "error", err)
		if IsPermanent(err) || a.Try+1 >= maxTries {
			return nil, nil // the person asks for another code
		}
		next := a
		next.Try++
		return func(tx *store.Tx) error { return job.At(tx, tx.Now().Add(pause(next.Try, 0)), next) }, nil
	}
	return nil, nil
}
