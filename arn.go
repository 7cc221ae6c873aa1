package tocsin

import "strings"

// ARN is an Amazon Resource Name, arn:partition:service:region:account:resource.
// The resources of ssm-incidents have an empty region.
type ARN string

// Services as they stand in ARNs.
const (
	ServiceIncidents = "ssm-incidents"
	ServiceContacts  = "ssm-contacts"
	ServiceEvents    = "events"
	ServiceConfig    = "config"
	ServiceGuardDuty = "guardduty"
)

// MakeARN joins the parts of a name in the partition aws.
func MakeARN(service string, region Region, account Account, resource string) ARN {
	return ARN("arn:aws:" + service + ":" + string(region) + ":" + string(account) + ":" + resource)
}

// part gives the i-th of the six colon-separated parts, the last one whole.
func (a ARN) part(i int) string {
	p := strings.SplitN(string(a), ":", 6)
	if len(p) != 6 || p[0] != "arn" {
		return ""
	}
	return p[i]
}

// Valid tells whether a has all six parts and names a service and a resource.
func (a ARN) Valid() bool { return a.part(2) != "" && a.part(5) != "" }

// Service is the third part, for instance ssm-contacts.
func (a ARN) Service() string { return a.part(2) }

// Region is the fourth part; empty for ssm-incidents.
func (a ARN) Region() Region { return Region(a.part(3)) }

// Account is the fifth part.
func (a ARN) Account() Account { return Account(a.part(4)) }

// Resource is the sixth part, for instance contact/alice.
func (a ARN) Resource() string { return a.part(5) }

// Kind is the resource's type: what stands before its first slash.
func (a ARN) Kind() string {
	kind, _, _ := strings.Cut(a.Resource(), "/")
	return kind
}

// ID is what follows the kind: "alice" of contact/alice, "plan/uuid" of
// incident-record/plan/uuid.
func (a ARN) ID() string {
	_, id, _ := strings.Cut(a.Resource(), "/")
	return id
}

// Last is what follows the last slash of the resource.
func (a ARN) Last() string {
	r := a.Resource()
	return r[strings.LastIndexByte(r, '/')+1:]
}

func (a ARN) String() string { return string(a) }

// ResponsePlanARN names a response plan.
func ResponsePlanARN(acct Account, name string) ARN {
	return MakeARN(ServiceIncidents, "", acct, "response-plan/"+name)
}

// IncidentARN names an incident record; it embeds the response plan's name.
func IncidentARN(acct Account, plan, id string) ARN {
	return MakeARN(ServiceIncidents, "", acct, "incident-record/"+plan+"/"+id)
}

// ReplicationSetARN names a replication set.
func ReplicationSetARN(acct Account, id string) ARN {
	return MakeARN(ServiceIncidents, "", acct, "replication-set/"+id)
}

// ContactARN names a contact, escalation plan or on-call schedule.
func ContactARN(r Region, acct Account, alias string) ARN {
	return MakeARN(ServiceContacts, r, acct, "contact/"+alias)
}

// ChannelARN names a contact channel.
func ChannelARN(r Region, acct Account, alias, id string) ARN {
	return MakeARN(ServiceContacts, r, acct, "contact-channel/"+alias+"/"+id)
}

// EngagementARN names an engagement of the contact with this alias.
func EngagementARN(r Region, acct Account, alias, id string) ARN {
	return MakeARN(ServiceContacts, r, acct, "engagement/"+alias+"/"+id)
}

// PageARN names a page to the person with this alias.
func PageARN(r Region, acct Account, alias, id string) ARN {
	return MakeARN(ServiceContacts, r, acct, "page/"+alias+"/"+id)
}

// RuleARN names an event rule; the bus stands in the name unless it is the default one.
func RuleARN(r Region, acct Account, bus, name string) ARN {
	if bus == "" || bus == DefaultBus {
		return MakeARN(ServiceEvents, r, acct, "rule/"+name)
	}
	return MakeARN(ServiceEvents, r, acct, "rule/"+bus+"/"+name)
}

// WatchARN names a watch of this server: as a target of a rule it looks at once.
func WatchARN(r Region, acct Account, name string) ARN {
	return MakeARN(ServiceConfig, r, acct, "watch/"+name)
}
