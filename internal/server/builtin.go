package server

import (
	"fmt"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/notify"
	"github.com/tocsin-io/tocsin/internal/notify/email"
	"github.com/tocsin-io/tocsin/internal/source"
	"github.com/tocsin-io/tocsin/internal/source/sns"
	"github.com/tocsin-io/tocsin/internal/source/sqs"
	"github.com/tocsin-io/tocsin/internal/source/trail"
	"github.com/tocsin-io/tocsin/internal/source/webhook"
	"github.com/tocsin-io/tocsin/internal/watch"
	"github.com/tocsin-io/tocsin/internal/watch/cloudtrail"
	"github.com/tocsin-io/tocsin/internal/watch/guardduty"
	"github.com/tocsin-io/tocsin/internal/watch/iam"
	"github.com/tocsin-io/tocsin/internal/watch/s3"
)

// channels are the ways to bring messages to people that are built in. A type
// of contact channel that no open provider serves goes to the outbox.
var channels = []notify.Channel{
	email.Channel,
}

// connectors are the ways by which events come in by themselves that are built in.
var connectors = []source.Connector{
	webhook.Connector,
	sns.Connector,
	sqs.Connector,
	trail.Connector,
}

// watches are the types of resources that can be looked at, with the rules of AWS
// Config there are for them, that are built in.
var watches = watch.Catalogue{
	s3.Kind,
	s3.AccountKind,
	iam.Kind,
	cloudtrail.Kind,
	guardduty.Kind,
}

// settings gives a channel's settings, or nil where it is not set up.
func (o Options) settings(name string) notify.Settings {
	if name == email.Channel.Name && o.SMTPURL != "" {
		return notify.Settings{"url": o.SMTPURL}
	}
	return nil
}

// senders opens the providers that are set up, and says loudly what has none.
func (s *Server) senders() (map[tocsin.ChannelType]notify.Sender, error) {
	out := map[tocsin.ChannelType]notify.Sender{}
	s.providers = []tocsin.ChannelType{}
	for _, c := range channels {
		set := s.o.settings(c.Name)
		if set == nil {
			continue
		}
		sender, err := c.Open(set)
		if err != nil {
			return nil, fmt.Errorf("%w: channel %s: %w", ErrUse, c.Name, err)
		}
		out[c.Type] = sender
	}
	for _, t := range []tocsin.ChannelType{tocsin.Email, tocsin.SMS, tocsin.Voice} {
		if out[t] == nil {
			s.o.Log.Warn("NO PROVIDER: messages of this type reach nobody, they go to the outbox (tocsin outbox)", "channel", t)
			continue
		}
		s.providers = append(s.providers, t)
	}
	return out, nil
}
