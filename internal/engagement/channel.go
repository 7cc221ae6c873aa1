package engagement

import (
	"crypto/subtle"
	"fmt"
	"net/mail"
	"regexp"
	"strings"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/job"
	"github.com/tocsin-io/tocsin/internal/notify"
	"github.com/tocsin-io/tocsin/internal/store"
)

const (
	codeLife  = 24 * time.Hour // AWS does not say; long enough for a person who sleeps
	codeTries = 5
)

// e164 is a telephone number as the console of Incident Manager takes it: a
// plus, the country code and the number, 9 to 15 digits.
var e164 = regexp.MustCompile(`^\+[1-9][0-9]{7,14}$`)

// CheckAddress refuses an address that the channel's type cannot reach.
func CheckAddress(t tocsin.ChannelType, address string) error {
	switch t {
	case tocsin.Email:
		a, err := mail.ParseAddress(address)
		if err != nil || a.Address != address || strings.ContainsAny(address, "\r\n") {
			return addressError("is not an e-mail address")
		}
	case tocsin.SMS, tocsin.Voice:
		if !e164.MatchString(address) {
			return addressError("is not a telephone number in the form +15555550100")
		}
	}
	return nil
}

func addressError(why string) *tocsin.Error {
	return tocsin.Refuse("Invalid value provided - DeliveryAddress "+why, tocsin.Field{Name: "DeliveryAddress.SimpleAddress", Message: why})
}

// AddChannel gives a person a channel, not activated, and sends it its code
// unless that is deferred. At most one channel of a person has an address.
func AddChannel(tx *store.Tx, c *tocsin.Contact, ch *tocsin.Channel, deferred bool) error {
	if c.Type != tocsin.Personal {
		return tocsin.Refuse("Invalid value provided - only contacts of type PERSONAL have channels", tocsin.Field{Name: "ContactId", Message: "is not a person"})
	}
	if err := CheckAddress(ch.Type, ch.Address); err != nil {
		return err
	}
	if err := unusedAddress(tx, c, ch); err != nil {
		return err
	}
	ch.Account, ch.Region, ch.Contact, ch.ID, ch.Created = tx.Account(), c.Region, c.Alias, tocsin.NewID(), tx.Now()
	row := &store.ChannelRow{Channel: ch}
	if err := tx.InsertChannel(row); err != nil {
		return err
	}
	if deferred {
		return nil
	}
	return SendCode(tx, row)
}

func unusedAddress(tx *store.Tx, c *tocsin.Contact, ch *tocsin.Channel) error {
	all, err := tx.Channels(c.ARN(), store.Cursor{}, 1000)
	if err != nil {
		return err
	}
	for _, o := range all {
		if o.ID != ch.ID && o.Type == ch.Type && o.Address == ch.Address {
			return tocsin.Clash(tocsin.TypeChannel, string(o.ARN()), "The contact has a channel with this address already.")
		}
	}
	return nil
}

// SendCode sends a new activation code to a channel; the one before it no
// longer counts.
func SendCode(tx *store.Tx, ch *store.ChannelRow) error {
	if ch.Activated {
		return tocsin.Refuse("Invalid value provided - the contact channel is activated already")
	}
	ch.Code, ch.CodeExpires, ch.CodeTries = tocsin.NewCode(6), tocsin.At(tx.Now().Add(codeLife)), 0
	if err := tx.UpdateChannel(ch); err != nil {
		return err
	}
	return job.Now(tx, notify.Activate{Channel: ch.ARN(), Serial: tocsin.NewID()})
}

// Activate turns a channel on with the code that was sent to it. A wrong code is
// counted: like with Accept, the refusal must be committed.
func Activate(tx *store.Tx, ch *store.ChannelRow, code string) (refused *tocsin.Error, err error) {
	switch {
	case ch.Activated:
		return nil, nil
	case ch.Code == "" || tx.Now().After(ch.CodeExpires.Time()):
		return nil, activationError("there is no valid activation code: send a new one")
	case ch.CodeTries >= codeTries:
		return nil, activationError("too many wrong codes were entered: send a new one")
	case subtle.ConstantTimeCompare([]byte(code), []byte(ch.Code)) != 1:
		ch.CodeTries++
		tx.Note("wrong activation code")
		return activationError("the code is not the one that was sent"), tx.UpdateChannel(ch)
	}
	ch.Activated, ch.Code, ch.CodeTries = true, "", 0
	return nil, tx.UpdateChannel(ch)
}

func activationError(why string) *tocsin.Error {
	return tocsin.Refuse("Invalid value provided - ActivationCode: "+why, tocsin.Field{Name: "ActivationCode", Message: why})
}

// ChangeChannel renames a channel or gives it another address, which must be
// activated anew.
func ChangeChannel(tx *store.Tx, c *tocsin.Contact, ch *store.ChannelRow, name, address *string) error {
	if name != nil {
		ch.Name = *name
	}
	if address != nil && *address != ch.Address {
		if err := CheckAddress(ch.Type, *address); err != nil {
			return err
		}
		ch.Address, ch.Activated, ch.Code = *address, false, ""
		if err := unusedAddress(tx, c, ch.Channel); err != nil {
			return err
		}
		if err := tx.UpdateChannel(ch); err != nil {
			return err
		}
		return SendCode(tx, ch)
	}
	return tx.UpdateChannel(ch)
}

// maxStages is how many stages a plan may have: the index of one in a page's
// resolutions is 100 at most.
const maxStages = 101

// CheckPlan refuses a plan that its contact's type cannot have. Whether the
// targets exist is not asked: clients name those they create next.
func CheckPlan(t tocsin.ContactType, p tocsin.Plan) error {
	if t == tocsin.OnCall {
		if len(p.Stages) > 0 {
			return tocsin.Refuse("Invalid value provided - ONCALL SCHEDULE contact cannot have stages in plan", tocsin.Field{Name: "Plan.Stages", Message: "must be empty"})
		}
		for i, r := range p.Rotations {
			if r.Service() != tocsin.ServiceContacts || r.Kind() != "rotation" {
				return planError(fmt.Sprintf("Plan.RotationIds[%d]", i), "must be the ARN of a rotation")
			}
		}
		return nil
	}
	if len(p.Rotations) > 0 {
		return planError("Plan.RotationIds", "only contacts of type ONCALL_SCHEDULE have rotations")
	}
	if len(p.Stages) > maxStages {
		return planError("Plan.Stages", fmt.Sprintf("a plan has at most %d stages", maxStages))
	}
	for i, st := range p.Stages {
		at := fmt.Sprintf("Plan.Stages[%d]", i)
		if st.Minutes == 0 && len(st.Targets) == 0 {
			return planError(at+".DurationInMinutes", "a stage without targets needs a duration")
		}
		for j, target := range st.Targets {
			at := fmt.Sprintf("%s.Targets[%d]", at, j)
			switch {
			case t == tocsin.Personal && target.Channel == "":
				return planError(at, "the plan of a PERSONAL contact takes ChannelTargetInfo only")
			case t == tocsin.Escalation && target.Contact == "":
				return planError(at, "the plan of an ESCALATION contact takes ContactTargetInfo with a ContactId only")
			case target.Channel != "" && target.Channel.Kind() != "contact-channel":
				return planError(at, "ContactChannelId must be the ARN of a contact channel")
			case target.Contact != "" && target.Contact.Kind() != "contact":
				return planError(at, "ContactId must be the ARN of a contact")
			}
		}
	}
	return nil
}

func planError(field, why string) *tocsin.Error {
	return tocsin.Refuse("Invalid value provided - "+field+": "+why, tocsin.Field{Name: field, Message: why})
}
