package store

import (
	"fmt"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/store/sqldb"
)

// EngagementRow is an engagement with the log its next step is computed from,
// which only package engagement reads.
type EngagementRow struct {
	*tocsin.Engagement
	State string // JSON
}

func engagement(r sqldb.Engagement) (*EngagementRow, error) {
	return &EngagementRow{Engagement: &tocsin.Engagement{
		Account: tocsin.Account(r.Account), Region: tocsin.Region(r.Region), ID: r.ID, Contact: tocsin.ARN(r.Contact), Sender: r.Sender,
		Subject: r.Subject, Content: r.Content, PublicSubject: r.PublicSubject, PublicContent: r.PublicContent, Incident: tocsin.ARN(r.Incident),
		Started: tocsin.Micros(r.Started).Time(), Stopped: tocsin.Micros(r.Stopped).Time(), StopReason: r.StopReason,
	}, State: r.State}, nil
}

// Engagement gives the engagement an ARN names, or nil.
func (tx *Tx) Engagement(arn tocsin.ARN) (*EngagementRow, error) {
	if arn.Account() != tx.Account() || arn.Kind() != "engagement" {
		return nil, nil
	}
	r, err := tx.q.GetEngagement(tx.ctx, sqldb.GetEngagementParams{Account: tx.acct(), Region: string(arn.Region()), ID: arn.Last()})
	if none(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read engagement: %w", err)
	}
	e, err := engagement(r)
	if err == nil && e.ARN() != arn {
		return nil, nil
	}
	return e, err
}

// InsertEngagement writes a new engagement.
func (tx *Tx) InsertEngagement(e *EngagementRow) error {
	tx.Changed("engagement", e.ARN())
	return wrap("write engagement", tx.q.InsertEngagement(tx.ctx, sqldb.InsertEngagementParams{
		Account: tx.acct(), Region: string(e.Region), ID: e.ID, Contact: string(e.Contact), Sender: e.Sender, Subject: e.Subject, Content: e.Content,
		PublicSubject: e.PublicSubject, PublicContent: e.PublicContent, Incident: string(e.Incident), Started: micros(e.Started),
		Stopped: micros(e.Stopped), StopReason: e.StopReason, State: e.State}))
}

// UpdateEngagement writes an engagement's end and state.
func (tx *Tx) UpdateEngagement(e *EngagementRow) error {
	tx.Touch("engagement")
	_, err := tx.q.UpdateEngagement(tx.ctx, sqldb.UpdateEngagementParams{Stopped: micros(e.Stopped), StopReason: e.StopReason, State: e.State,
		Account: tx.acct(), Region: string(e.Region), ID: e.ID})
	return wrap("write engagement", err)
}

// Engagements lists at most limit engagements of the region that started
// between since and until, the newest first, after the cursor.
func (tx *Tx) Engagements(since, until time.Time, c Cursor, limit int) ([]*EngagementRow, error) {
	before, id := c.before()
	end := micros(until)
	if until.IsZero() {
		end, _ = Cursor{}.before()
	}
	rows, err := tx.q.ListEngagements(tx.ctx, sqldb.ListEngagementsParams{Account: tx.acct(), Region: tx.region(),
		Since: micros(since), Until: end, Before: before, BeforeID: id, Max: int32(limit)})
	return each("list engagements", rows, err, engagement)
}

// EngagementsOf lists an incident's engagements in all regions, the newest first.
func (tx *Tx) EngagementsOf(incident tocsin.ARN) ([]*EngagementRow, error) {
	rows, err := tx.q.ListEngagementsOfIncident(tx.ctx, sqldb.ListEngagementsOfIncidentParams{Account: tx.acct(), Incident: string(incident)})
	return each("list engagements", rows, err, engagement)
}

// OpenEngagements lists at most limit engagements of the account, in all regions,
// that have not been stopped, the oldest first, after the one given.
func (tx *Tx) OpenEngagements(after time.Time, id string, limit int) ([]*EngagementRow, error) {
	rows, err := tx.q.ListOpenEngagements(tx.ctx, sqldb.ListOpenEngagementsParams{Account: tx.acct(), After: micros(after), AfterID: id, Max: int32(limit)})
	return each("list open engagements", rows, err, engagement)
}

// PageRow is a page with what only delivery and acceptance need.
type PageRow struct {
	*tocsin.Page
	Code  string        // the accept code
	Retry time.Duration // the plan's wait before another try when sending failed
}

func (tx *Tx) page(r sqldb.Page) (*PageRow, error) {
	code, err := tx.Unseal(r.ID, r.Code)
	if err != nil {
		return nil, fmt.Errorf("page code: %w", err)
	}
	p := &PageRow{Page: &tocsin.Page{
		Account: tocsin.Account(r.Account), Region: tocsin.Region(r.Region), ID: r.ID, Engagement: tocsin.ARN(r.Engagement),
		Contact: tocsin.ARN(r.Contact), Channel: tocsin.ARN(r.Channel), Type: tocsin.ChannelType(r.Type), Sender: r.Sender,
		Incident: tocsin.ARN(r.Incident), Created: tocsin.Micros(r.Created).Time(), Sent: tocsin.Micros(r.Sent).Time(),
		Delivered: tocsin.Micros(r.Delivered).Time(), Read: tocsin.Micros(r.ReadAt).Time(), Attempts: int(r.Attempts),
		Late: time.Duration(r.Late) * time.Microsecond, WrongCodes: int(r.WrongCodes),
	}, Code: string(code), Retry: time.Duration(r.Retry) * time.Microsecond}
	return p, decode(r.Path, &p.Path)
}

// Page gives the page an ARN names, or nil.
func (tx *Tx) Page(arn tocsin.ARN) (*PageRow, error) {
	if arn.Account() != tx.Account() || arn.Kind() != "page" {
		return nil, nil
	}
	r, err := tx.q.GetPage(tx.ctx, sqldb.GetPageParams{Account: tx.acct(), Region: string(arn.Region()), ID: arn.Last()})
	if none(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read page: %w", err)
	}
	p, err := tx.page(r)
	if err == nil && p.ARN() != arn {
		return nil, nil
	}
	return p, err
}

// InsertPage writes a new page that has not been sent.
func (tx *Tx) InsertPage(p *PageRow) error {
	tx.Touch("engagement")
	return wrap("write page", tx.q.InsertPage(tx.ctx, sqldb.InsertPageParams{
		Account: tx.acct(), Region: string(p.Region), ID: p.ID, Engagement: string(p.Engagement), Contact: string(p.Contact),
		Channel: string(p.Channel), Type: string(p.Type), Sender: p.Sender, Incident: string(p.Incident), Created: micros(p.Created),
		Path: encode(p.Path), Retry: p.Retry.Microseconds(), Late: p.Late.Microseconds(), Code: tx.Seal(p.ID, []byte(p.Code))}))
}

// UpdatePage writes what happened to a page.
func (tx *Tx) UpdatePage(p *tocsin.Page) error {
	tx.Touch("engagement")
	_, err := tx.q.UpdatePage(tx.ctx, sqldb.UpdatePageParams{Sent: micros(p.Sent), Delivered: micros(p.Delivered), ReadAt: micros(p.Read),
		Attempts: int32(p.Attempts), WrongCodes: int32(p.WrongCodes), Account: tx.acct(), Region: string(p.Region), ID: p.ID})
	return wrap("write page", err)
}

// PagesOfEngagement lists at most limit pages of an engagement, the oldest first, after the cursor.
func (tx *Tx) PagesOfEngagement(e tocsin.ARN, c Cursor, limit int) ([]*PageRow, error) {
	after, id := c.after()
	rows, err := tx.q.ListPagesOfEngagement(tx.ctx, sqldb.ListPagesOfEngagementParams{Account: tx.acct(), Region: string(e.Region()),
		Engagement: string(e), After: after, AfterID: id, Max: int32(limit)})
	return each("list pages", rows, err, tx.page)
}

// PagesOfContact lists at most limit pages to a person, the newest first, after the cursor.
func (tx *Tx) PagesOfContact(contact tocsin.ARN, c Cursor, limit int) ([]*PageRow, error) {
	before, id := c.before()
	rows, err := tx.q.ListPagesOfContact(tx.ctx, sqldb.ListPagesOfContactParams{Account: tx.acct(), Region: string(contact.Region()),
		Contact: string(contact), Before: before, BeforeID: id, Max: int32(limit)})
	return each("list pages", rows, err, tx.page)
}

// AddReceipt appends a fact to a page's chain of receipts.
func (tx *Tx) AddReceipt(p *tocsin.Page, r tocsin.Receipt) error {
	tx.Touch("engagement")
	return wrap("write receipt", tx.q.InsertReceipt(tx.ctx, sqldb.InsertReceiptParams{Account: tx.acct(), Region: string(p.Region), Page: p.ID,
		Channel: string(r.Channel), Type: string(r.Type), Info: tocsin.Clip(r.Info, 2048), Time: micros(r.Time)}))
}

// Receipts lists a page's receipts, the newest first.
func (tx *Tx) Receipts(p *tocsin.Page) ([]tocsin.Receipt, error) {
	rows, err := tx.q.ListReceipts(tx.ctx, sqldb.ListReceiptsParams{Account: tx.acct(), Region: string(p.Region), Page: p.ID})
	return each("list receipts", rows, err, func(r sqldb.Receipt) (tocsin.Receipt, error) {
		return tocsin.Receipt{Channel: tocsin.ARN(r.Channel), Type: tocsin.ReceiptType(r.Type), Info: r.Info, Time: tocsin.Micros(r.Time).Time()}, nil
	})
}
