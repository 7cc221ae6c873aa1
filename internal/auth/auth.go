// Package auth knows who is calling and what they may do: access keys for the
// AWS protocols, and people who sign in to the console by a one-time link, a
// password or a passkey. Its data comes from the store (keys and links sealed
// or hashed, passwords as argon2id) and goes, as a [Principal], to whoever
// carries out an operation.
//
// A principal belongs to one account and has rights; [Principal.Check] holds
// them against the one table that says what an operation needs.
package auth

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tocsin-io/tocsin"
)

// Right is something a principal may do.
type Right string

// The rights. Admin holds Responder, Responder holds Read; Ingest stands alone,
// and only it lets events of aws.* sources in.
const (
	Admin     Right = "admin"     // everything but aws.* events
	Responder Right = "responder" // start, acknowledge, change and resolve incidents
	Ingest    Right = "ingest"    // put events, also of aws.* sources
	Read      Right = "read"      // look, but at nothing secret
)

// Rights lists every right there is.
func Rights() []Right { return []Right{Admin, Responder, Ingest, Read} }

// Kind says what sort of caller a principal is.
type Kind string

// The kinds of principal.
const (
	KindKey     Kind = "key"     // an access key, by a signature
	KindPerson  Kind = "person"  // somebody at the console, by a session
	KindService Kind = "service" // the server itself
)

// Principal is a caller whose identity was proved.
type Principal struct {
	Account tocsin.Account
	ARN     string // arn:aws:iam::ACCOUNT:user/NAME
	Name    string
	Kind    Kind
	Rights  []Right
}

func newPrincipal(account tocsin.Account, name string, kind Kind, rights []Right) *Principal {
	return &Principal{Account: account, ARN: userARN(account, name), Name: name, Kind: kind, Rights: rights}
}

// Service is the server itself, acting in an account; it may do everything.
func Service(account tocsin.Account, name string) *Principal {
	return newPrincipal(account, name, KindService, Rights())
}

func userARN(account tocsin.Account, name string) string {
	return "arn:aws:iam::" + string(account) + ":user/" + name
}

// May tells whether the principal has the right, itself or within a greater one.
func (p *Principal) May(r Right) bool {
	has := func(r Right) bool { return slices.Contains(p.Rights, r) }
	switch r {
	case Responder:
		return has(Responder) || has(Admin)
	case Read:
		return has(Read) || has(Responder) || has(Admin)
	default:
		return has(r)
	}
}

// Check answers nil when the principal may call the operation of the service
// (by its signing name), and a Denied error in AWS's words otherwise. A nil
// principal may do nothing.
func (p *Principal) Check(service, operation string) error {
	if p != nil {
		for _, r := range needs(service, operation) {
			if p.May(r) {
				return nil
			}
		}
	}
	who := "anonymous"
	if p != nil {
		who = p.ARN
	}
	return &tocsin.Error{Kind: tocsin.Denied, Message: fmt.Sprintf("User: %s is not authorized to perform: %s:%s", who, service, operation)}
}

// anybody is the least there is: any right at all.
var anybody = []Right{Read, Ingest}

// exceptions lists what the names of operations do not tell: each needs one of
// the rights. Everything else follows from the name, see needs.
var exceptions = map[string][]Right{
	"sts:GetCallerIdentity": anybody,
	"events:PutEvents":      {Ingest, Responder},

	"ssm-incidents:StartIncident":        {Responder},
	"ssm-incidents:UpdateIncidentRecord": {Responder},
	"ssm-incidents:CreateTimelineEvent":  {Responder},
	"ssm-incidents:UpdateTimelineEvent":  {Responder},
	"ssm-incidents:DeleteTimelineEvent":  {Responder},
	"ssm-incidents:UpdateRelatedItems":   {Responder},

	"ssm-contacts:StartEngagement": {Responder},
	"ssm-contacts:StopEngagement":  {Responder},
	"ssm-contacts:AcceptPage":      {Responder},

	"config:PutEvaluations":             {Ingest, Admin},
	"config:StartConfigRulesEvaluation": {Responder},

	"guardduty:CreateSampleFindings":   {Responder},
	"guardduty:ArchiveFindings":        {Responder},
	"guardduty:UnarchiveFindings":      {Responder},
	"guardduty:UpdateFindingsFeedback": {Responder},

	"tocsin:SendTestPage": {Responder},
	"tocsin:Simulate":     {Read},
	"tocsin:Doctor":       {Read},
	"tocsin:ListOutbox":   {Admin},
	"tocsin:ListAudit":    {Admin},
	"tocsin:ListKeys":     {Admin},
	"tocsin:ListPeople":   {Admin},
}

// needs lists the rights of which one is enough for an operation. What only
// looks, by its name, needs Read; any other needs Admin.
func needs(service, operation string) []Right {
	if r, ok := exceptions[service+":"+operation]; ok {
		return r
	}
	for _, verb := range []string{"Get", "List", "Describe", "BatchGet", "Test"} {
		if strings.HasPrefix(operation, verb) {
			return []Right{Read}
		}
	}
	return []Right{Admin}
}

// ParseRights reads rights as people give them, each one of [Rights]; none at
// all is refused.
func ParseRights(words []string) ([]Right, error) {
	out := make([]Right, 0, len(words))
	for _, w := range words {
		r := Right(strings.ToLower(strings.TrimSpace(w)))
		if !slices.Contains(Rights(), r) {
			return nil, tocsin.Refuse(fmt.Sprintf("There is no right %q; the rights are admin, responder, ingest and read.", w),
				tocsin.Field{Name: "Rights", Message: "unknown right"})
		}
		if !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	if len(out) == 0 {
		return nil, tocsin.Refuse("At least one right is needed: admin, responder, ingest or read.", tocsin.Field{Name: "Rights", Message: "empty"})
	}
	return out, nil
}

func words(rights []Right) []string {
	out := make([]string, len(rights))
	for i, r := range rights {
		out[i] = string(r)
	}
	return out
}

// kept turns what the store holds into rights; what a newer version wrote and
// this one does not know gives nothing.
func kept(stored []string) []Right {
	var out []Right
	for _, w := range stored {
		if r := Right(w); slices.Contains(Rights(), r) {
			out = append(out, r)
		}
	}
	return out
}

// checkName refuses names that would not stand in an ARN, as IAM does.
func checkName(name string) error {
	ok := len(name) >= 1 && len(name) <= 64
	for _, c := range name {
		ok = ok && (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("+=,.@_-", c))
	}
	if !ok {
		return tocsin.Refuse("A name has 1 to 64 letters, digits or any of + = , . @ _ -", tocsin.Field{Name: "Name", Message: "not a valid name"})
	}
	return nil
}
