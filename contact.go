package tocsin

import "time"

// ContactType is PERSONAL, ESCALATION or ONCALL_SCHEDULE.
type ContactType string

// The types of contact.
const (
	Personal   ContactType = "PERSONAL"
	Escalation ContactType = "ESCALATION"
	OnCall     ContactType = "ONCALL_SCHEDULE"
)

// Contact is a person, an escalation plan or an on-call schedule.
// Source: https://docs.aws.amazon.com/incident-manager/latest/APIReference/API_SSMContacts_Contact.html
type Contact struct {
	Account     Account
	Region      Region
	Alias       string // 1–255 of [a-z0-9_-], cannot change
	Type        ContactType
	DisplayName string
	Plan        Plan
	Created     time.Time
}

// ARN is the contact's name in the world.
func (c *Contact) ARN() ARN { return ContactARN(c.Region, c.Account, c.Alias) }

// Plan says how a contact is engaged: stages for people and escalation plans,
// rotations for schedules.
type Plan struct {
	Stages    []Stage     `json:"stages,omitempty"`
	Rotations []ARN       `json:"rotations,omitempty"`
	Options   PlanOptions `json:"options,omitzero"`
}

// PlanOptions is what a plan does beyond AWS's; the zero value is AWS's plan.
// Stock clients set them as tags of the contact, see ParseOptions.
type PlanOptions struct {
	Repeat     int   `json:"repeat,omitempty"`     // how many times more the plan begins anew after its last stage; ≤ 20
	AckMinutes int   `json:"ackMinutes,omitempty"` // how long an acknowledgement counts, ≤ 1440; 0 is for ever. Of the contact that was engaged
	Fallback   ARN   `json:"fallback,omitempty"`   // who is engaged when the plan has run dry. Of the contact that was engaged
	Minutes    []int `json:"minutes,omitempty"`    // by stage, ≤ 1440, in the place of Stage.Minutes
}

// AnswerTime is how long the last page of a plan is waited for where its stage
// has no minutes of its own, before the plan begins anew or its fallback is engaged.
const AnswerTime = 5 * time.Minute

// Wait gives how long after a stage began the next one begins.
func (p *Plan) Wait(stage int) time.Duration {
	minutes := p.Stages[stage].Minutes
	if stage < len(p.Options.Minutes) {
		minutes = p.Options.Minutes[stage]
	}
	return time.Duration(minutes) * time.Minute
}

// Length gives how long the plan takes from its first stage to the end of its last.
func (p *Plan) Length() (all time.Duration) {
	for i := range p.Stages {
		all += p.Wait(i)
	}
	if last := len(p.Stages) - 1; last >= 0 && p.Wait(last) == 0 {
		all += AnswerTime
	}
	return all
}

// Stage is one step of a plan. The next stage begins Minutes after it began.
type Stage struct {
	Minutes int           `json:"minutes"` // 0–30
	Targets []StageTarget `json:"targets"`
}

// StageTarget is exactly one of a channel (in a person's plan) or a contact (in an
// escalation plan).
type StageTarget struct {
	Channel      ARN  `json:"channel,omitempty"`
	RetryMinutes int  `json:"retryMinutes,omitempty"` // 0–60: wait before trying again when sending failed
	Contact      ARN  `json:"contact,omitempty"`
	Essential    bool `json:"essential,omitempty"` // an acknowledgement by it stops the plan
}

// ChannelType is SMS, VOICE or EMAIL.
type ChannelType string

// The types of contact channel.
const (
	SMS   ChannelType = "SMS"
	Voice ChannelType = "VOICE"
	Email ChannelType = "EMAIL"
)

// Channel is a way to reach a person. It is paged only once activated with the
// code that was sent to it.
//
//	               ActivateContactChannel(code)
//	NOT_ACTIVATED ───────────────────────────────► ACTIVATED
//	      ▲                                            │
//	      └────────────────────────────────────────────┘
//	   DeactivateContactChannel, or a changed address
type Channel struct {
	Account   Account
	Region    Region
	ID        string
	Contact   string // the owner's alias
	Name      string
	Type      ChannelType
	Address   string // sealed at rest
	Activated bool
	Created   time.Time
}

// ARN is the channel's name in the world.
func (c *Channel) ARN() ARN { return ChannelARN(c.Region, c.Account, c.Contact, c.ID) }

// ContactARN names the channel's owner.
func (c *Channel) ContactARN() ARN { return ContactARN(c.Region, c.Account, c.Contact) }
