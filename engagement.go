package tocsin

import "time"

// Engagement is one contact being engaged, with or without an incident. It has
// no status field: it runs until Stopped is set.
type Engagement struct {
	Account       Account
	Region        Region
	ID            string
	Contact       ARN // what was engaged: a person, an escalation plan or a schedule
	Sender        string
	Subject       string // for VOICE and EMAIL
	Content       string
	PublicSubject string // for SMS
	PublicContent string
	Incident      ARN // empty without one
	Started       time.Time
	Stopped       time.Time
	StopReason    string
}

// ARN is the engagement's name in the world; it embeds the engaged contact's alias.
func (e *Engagement) ARN() ARN {
	return EngagementARN(e.Region, e.Account, e.Contact.ID(), e.ID)
}

// Page is one message to one channel of one person.
//
//	            handed to the provider   provider says so    a person answers
//	(written) ──────────► Sent ─────────────► Delivered ─────────► Read
//
// The times are zero until then. Read is the acknowledgement; it implies Delivered.
type Page struct {
	Account    Account
	Region     Region
	ID         string
	Engagement ARN
	Contact    ARN // the person
	Channel    ARN
	Type       ChannelType
	Sender     string
	Incident   ARN
	Created    time.Time
	Sent       time.Time
	Delivered  time.Time
	Read       time.Time
	Path       []Resolution // how the person was reached, from what was engaged to the person
	Attempts   int
	Late       time.Duration // how long after its time it was written, when the server had been down
	WrongCodes int
}

// ARN is the page's name in the world; it embeds the person's alias.
func (p *Page) ARN() ARN { return PageARN(p.Region, p.Account, p.Contact.ID(), p.ID) }

// Resolution is one step from what was engaged to the person paged.
type Resolution struct {
	Contact ARN         `json:"contact"`
	Type    ContactType `json:"type"`
	Stage   int         `json:"stage"` // the stage of the escalation plan, from 0; -1 where there is none
}

// ReceiptType says what happened to a page.
type ReceiptType string

// The types of receipt.
const (
	ReceiptSent      ReceiptType = "SENT"
	ReceiptDelivered ReceiptType = "DELIVERED"
	ReceiptRead      ReceiptType = "READ"
	ReceiptError     ReceiptType = "ERROR"
	ReceiptStop      ReceiptType = "STOP"
)

// Receipt is one fact about a page.
type Receipt struct {
	Channel ARN
	Type    ReceiptType
	Info    string // ≤2048: the provider's message id, the code used, or the error
	Time    time.Time
}

// MessageKind says why a message is sent.
type MessageKind string

// The kinds of message.
const (
	KindActivation MessageKind = "activation"
	KindPage       MessageKind = "page"
	KindUpdate     MessageKind = "update"
)

// Message is something sent, or to be sent, to an address.
type Message struct {
	ID        string // the idempotency key's stem: the page's id for pages
	Kind      MessageKind
	Type      ChannelType
	To        string
	Channel   ARN
	Page      ARN
	Incident  ARN
	Subject   string
	Text      string
	Code      string
	Time      time.Time
	Attempt   int
	PageStart time.Time // when the engagement began, for threading and lateness
}
