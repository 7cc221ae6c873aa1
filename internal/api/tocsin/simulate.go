package tocsin

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/api"
	wire "github.com/tocsin-io/tocsin/internal/aws/tocsin"
	"github.com/tocsin-io/tocsin/internal/engagement"
	"github.com/tocsin-io/tocsin/internal/incident"
	"github.com/tocsin-io/tocsin/internal/store"
)

// Simulate tells who would be paged when, and why, if an incident of a response
// plan started at an instant, or a contact were engaged. It writes nothing.
func (s *Server) Simulate(ctx context.Context, in *wire.SimulateInput) (*wire.SimulateOutput, error) {
	var out *wire.SimulateOutput
	err := s.DB.View(ctx, api.Who(ctx), func(tx *store.Tx) error {
		if err := incident.Ready(tx); err != nil {
			return err
		}
		scene, err := scenario(tx, in)
		if err != nil {
			return err
		}
		book, err := engagement.BookOf(tx, scene.At, scene.Until(), scene.Engaged...)
		if err != nil {
			return err
		}
		out = wireForecast(book, engagement.Simulate(book, scene))
		return nil
	})
	return out, err
}

func scenario(tx *store.Tx, in *wire.SimulateInput) (s engagement.Scenario, err error) {
	s.At = tx.Now()
	if in.Time != nil {
		s.At = in.Time.UTC()
	}
	if in.Minutes != nil {
		s.For = time.Duration(*in.Minutes) * time.Minute
	}
	if s.Engaged, err = engaged(tx, api.Text(in.ResponsePlan), api.Text(in.ContactId)); err != nil {
		return s, err
	}
	for _, a := range in.Acknowledgements {
		c, err := namedContact(tx, a.ContactId)
		if err != nil {
			return s, err
		}
		s.Answers = append(s.Answers, engagement.Reply{Contact: c.ARN(), After: time.Duration(a.AfterMinutes) * time.Minute})
	}
	for _, f := range in.FailedChannels {
		if !isChannel(f) {
			return s, tocsin.Refuse("Invalid value provided - FailedChannels: "+f+" is none of EMAIL, SMS, VOICE, alias/EMAIL and a channel's ARN",
				tocsin.Field{Name: "FailedChannels", Message: "must name a channel"})
		}
	}
	s.Fail = in.FailedChannels
	return s, nil
}

var channelTypes = []string{string(tocsin.Email), string(tocsin.SMS), string(tocsin.Voice)}

func isChannel(text string) bool {
	_, t, ok := strings.Cut(text, "/")
	return slices.Contains(channelTypes, text) || ok && slices.Contains(channelTypes, t) || tocsin.ARN(text).Kind() == "contact-channel"
}

// engaged gives whom a response plan, or a contact alone, engages.
func engaged(tx *store.Tx, plan, contact string) ([]tocsin.ARN, error) {
	if (plan == "") == (contact == "") {
		return nil, tocsin.Refuse("Invalid value provided - exactly one of ResponsePlan and ContactId must be given", tocsin.Field{Name: "ResponsePlan", Message: "or ContactId must be given"})
	}
	if contact != "" {
		c, err := namedContact(tx, contact)
		if err != nil {
			return nil, err
		}
		return []tocsin.ARN{c.ARN()}, nil
	}
	name := plan
	if arn := tocsin.ARN(plan); arn.Valid() && arn == tocsin.ResponsePlanARN(tx.Account(), arn.ID()) {
		name = arn.ID()
	}
	p, err := tx.ResponsePlan(name)
	if err != nil {
		return nil, err
	}
	if p == nil {
		return nil, tocsin.Missing(tocsin.TypeResponsePlan, plan)
	}
	return p.Engagements, nil
}

// namedContact reads a contact by its ARN, or by its alias in the request's region.
func namedContact(tx *store.Tx, name string) (*tocsin.Contact, error) {
	arn := tocsin.ARN(name)
	if !arn.Valid() {
		arn = tocsin.ContactARN(tx.Region(), tx.Account(), name)
	}
	c, err := tx.Contact(arn)
	if err == nil && c == nil {
		err = tocsin.Missing(tocsin.TypeContact, name)
	}
	return c, err
}

func wireForecast(b engagement.Book, f engagement.Forecast) *wire.SimulateOutput {
	out := &wire.SimulateOutput{Lines: []wire.SimulatedLine{}, ReachedContactArns: texts(f.Reached), RunsDryAt: set(f.Dry)}
	for _, l := range f.Lines {
		line := wire.SimulatedLine{Time: l.At, Kind: string(l.Kind), EngagedContactArn: api.Optional(string(l.Engaged)), ContactArn: api.Optional(string(l.Contact)),
			ContactName: api.Optional(nameOf(b, l.Contact)), ChannelArn: api.Optional(string(l.Channel)), ChannelType: api.Optional(string(l.Type)), Reason: api.Optional(l.Why)}
		if ch := b.Channels[l.Channel]; ch != nil {
			line.ChannelName = &ch.Name
		}
		if l.Stage >= 0 {
			line.Stage = &l.Stage
		}
		for _, step := range l.Path {
			r := wire.SimulatedResolution{ContactArn: string(step.Contact), ContactName: api.Optional(nameOf(b, step.Contact)), Type: string(step.Type)}
			if step.Stage >= 0 {
				r.StageIndex = &step.Stage
			}
			line.Path = append(line.Path, r)
		}
		if l.Kind == engagement.LineDuty {
			line.OnCallContactArns = texts(l.OnCall)
		}
		out.Lines = append(out.Lines, line)
	}
	return out
}

func nameOf(b engagement.Book, contact tocsin.ARN) string {
	if c := b.Contacts[contact]; c != nil && c.DisplayName != "" {
		return c.DisplayName
	}
	return contact.ID()
}

func texts(arns []tocsin.ARN) []string {
	out := make([]string, len(arns))
	for i, a := range arns {
		out[i] = string(a)
	}
	return out
}
