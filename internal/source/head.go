package source

import (
	"bytes"
	"encoding/json"
)

// Kind is what a record is.
type Kind uint8

// The kinds of records.
const (
	Other       Kind = iota // any other JSON object
	CloudTrail              // a record of CloudTrail
	Event                   // an EventBridge event, whole
	Finding                 // a finding of GuardDuty in the case of events (camelCase)
	APIFinding              // the same as GuardDuty's API gives it (PascalCase)
	ConfigItem              // a configuration item of Config
	ConfigNote              // a notification of Config, which is the detail of an event
	LookupEvent             // an event as CloudTrail's LookupEvents gives it: the record is a string in it
)

// Head is what of a record is needed to wrap and to count it. Its members are
// parts of the record's text, as JSON spells them: strings without their quotes.
// They are gone with the text.
type Head struct {
	Kind Kind

	ID, Time, Source, Type, Name []byte // Source and Type: eventSource and eventType, or of the envelope
	Account, Region              []byte
	Identity                     []byte // the object userIdentity
	Resources                    []byte // the list resources, of whatever
	Detail                       []byte // the object detail, of an event
	Insight                      []byte // the object insightDetails
	Inner                        []byte // the string that holds a record, of a LookupEvent

	seen seen
	own  own
}

// seen are the members that tell kinds apart.
type seen uint16

const (
	sawEventVersion seen = 1 << iota
	sawDetail
	sawDetailType
	sawService
	sawSeverity
	sawAPIService
	sawAPISeverity
	sawItemStatus
	sawMessageType
	sawRecordVersion
)

// own are the members of CloudTrail's own that a record has: other members, which in
// records of other kinds say the same, do not count beside them.
type own uint8

const (
	ownID own = 1 << iota
	ownTime
	ownSource
	ownType
	ownAccount
	ownRegion
)

// Parse reads the members of a record, which must be one valid JSON object.
func (h *Head) Parse(record []byte) {
	*h = Head{}
	members(record, h.member)
	h.tell()
}

// tell tells the kind from the members that were seen.
func (h *Head) tell() {
	has := func(all seen) bool { return h.seen&all == all }
	switch {
	case has(sawDetail | sawDetailType):
		h.Kind = Event
	case has(sawEventVersion) && (h.own&ownSource != 0 && h.Source != nil || h.Insight != nil):
		h.Kind = CloudTrail
		h.disown()
	case has(sawService | sawSeverity):
		h.Kind = Finding
	case has(sawAPIService | sawAPISeverity):
		h.Kind = APIFinding
	case has(sawItemStatus):
		h.Kind = ConfigItem
	case has(sawMessageType | sawRecordVersion):
		h.Kind = ConfigNote
	case h.Inner != nil:
		h.Kind = LookupEvent
	}
}

// disown drops what is of members that are not CloudTrail's.
func (h *Head) disown() {
	drop := func(member own, value *[]byte) {
		if h.own&member == 0 {
			*value = nil
		}
	}
	drop(ownID, &h.ID)
	drop(ownTime, &h.Time)
	drop(ownSource, &h.Source)
	drop(ownType, &h.Type)
	drop(ownAccount, &h.Account)
	drop(ownRegion, &h.Region)
}

// A headKey is what a Head does with the members of a key.
type headKey uint8

const (
	noKey headKey = iota
	keyEventVersion
	keyEventID
	keyEventTime
	keyEventSource
	keyEventType
	keyRecipient
	keyAWSRegion
	keyID
	keyTime
	keySource
	keyName
	keyType
	keyMessageType
	keyResourceType
	keyDetailType
	keyDetail
	keyAccount
	keyRegion
	keyIdentity
	keyInsight
	keyResources
	keyService
	keySeverity
	keyAPIService
	keyAPISeverity
	keyItemStatus
	keyRecordVersion
	keyARN
	keyInner
)

// plain says that the members of a key are texts in every record of CloudTrail.
func (k headKey) plain() bool { return k >= keyEventID && k <= keyAWSRegion }

// headKeys are the keys that a Head wants, or that only tell kinds apart.
var headKeys = map[string]headKey{
	"eventVersion": keyEventVersion,
	"eventID":      keyEventID, "id": keyID, "Id": keyID,
	"eventTime": keyEventTime, "time": keyTime, "updatedAt": keyTime, "UpdatedAt": keyTime,
	"configurationItemCaptureTime": keyTime, "notificationCreationTime": keyTime,
	"eventSource": keyEventSource, "source": keySource,
	"eventName": keyName,
	"eventType": keyEventType, "type": keyType, "Type": keyType,
	"messageType": keyMessageType, "resourceType": keyResourceType, "detail-type": keyDetailType,
	"detail":             keyDetail,
	"recipientAccountId": keyRecipient, "account": keyAccount, "accountId": keyAccount, "AccountId": keyAccount, "awsAccountId": keyAccount,
	"awsRegion": keyAWSRegion, "region": keyRegion, "Region": keyRegion,
	"userIdentity": keyIdentity, "insightDetails": keyInsight, "resources": keyResources,
	"service": keyService, "severity": keySeverity, "Service": keyAPIService, "Severity": keyAPISeverity,
	"configurationItemStatus": keyItemStatus, "recordVersion": keyRecordVersion,
	"ARN": keyARN, "arn": keyARN, "Arn": keyARN,
	"CloudTrailEvent": keyInner,
}

func (h *Head) member(key, value []byte) { h.set(headKeys[string(key)], value) }

func (h *Head) set(key headKey, value []byte) {
	switch key {
	case noKey:
	case keyName:
		h.Name = text(value)
	case keyEventID:
		h.ID, h.own = text(value), h.own|ownID
	case keyEventTime:
		h.Time, h.own = text(value), h.own|ownTime
	case keyEventSource:
		h.Source, h.own = text(value), h.own|ownSource
	case keyEventType:
		h.Type, h.own = text(value), h.own|ownType
	case keyRecipient:
		h.Account, h.own = text(value), h.own|ownAccount
	case keyAWSRegion:
		h.Region, h.own = text(value), h.own|ownRegion
	case keyEventVersion:
		h.seen |= sawEventVersion
	case keyIdentity:
		h.Identity = object(value)
	case keyInsight:
		h.Insight = object(value)
	case keyResources:
		h.Resources = value
	default:
		h.other(key, value)
	}
}

// other takes members that CloudTrail's records do not have.
func (h *Head) other(key headKey, value []byte) {
	take := func(member own, into *[]byte) {
		if h.own&member == 0 {
			*into = text(value)
		}
	}
	switch key {
	case keyID:
		take(ownID, &h.ID)
	case keyTime:
		take(ownTime, &h.Time)
	case keySource:
		take(ownSource, &h.Source)
	case keyType:
		take(ownType, &h.Type)
	case keyAccount:
		take(ownAccount, &h.Account)
	case keyRegion:
		take(ownRegion, &h.Region)
	case keyMessageType:
		h.seen |= sawMessageType
		take(ownType, &h.Type)
	case keyResourceType:
		if h.Type == nil {
			take(ownType, &h.Type)
		}
	case keyDetailType:
		h.seen |= sawDetailType
		take(ownType, &h.Type)
	case keyDetail:
		h.seen |= sawDetail
		h.Detail = object(value)
	default:
		h.mark(key, value)
	}
}

// mark notes the members that only tell kinds apart.
func (h *Head) mark(key headKey, value []byte) {
	switch key {
	case keyService:
		h.seen |= sawService
	case keySeverity:
		h.seen |= sawSeverity
	case keyAPIService:
		h.seen |= sawAPIService
	case keyAPISeverity:
		h.seen |= sawAPISeverity
	case keyItemStatus:
		h.seen |= sawItemStatus
	case keyRecordVersion:
		h.seen |= sawRecordVersion
	case keyARN:
		if h.Name == nil {
			h.Name = text(value)
		}
	case keyInner:
		h.Inner = value
	}
}

// members calls each with every member of a valid JSON object, in order.
func members(b []byte, each func(key, value []byte)) {
	i := skipSpace(b, 0) + 1
	for {
		i = skipSpace(b, i)
		if i >= len(b) || b[i] != '"' {
			return
		}
		c := cut{text: true}
		end := c.endOfText(b, i+1)
		if c.text {
			return
		}
		key := b[i+1 : end-1]
		i = skipSpace(b, end)
		i = skipSpace(b, i+1) // the colon
		end = valueEnd(b, i)
		if end > len(b) || end <= i {
			return
		}
		each(key, b[i:end])
		i = skipSpace(b, end)
		if i >= len(b) || b[i] != ',' {
			return
		}
		i++
	}
}

// elements calls each with every element of a valid JSON list, in order.
func elements(b []byte, each func(value []byte)) {
	i := skipSpace(b, 0) + 1
	for {
		i = skipSpace(b, i)
		if i >= len(b) || b[i] == ']' {
			return
		}
		end := valueEnd(b, i)
		if end > len(b) || end <= i {
			return
		}
		each(b[i:end])
		i = skipSpace(b, end)
		if i >= len(b) || b[i] != ',' {
			return
		}
		i++
	}
}

// valueEnd gives the place after the value at i of valid JSON.
func valueEnd(b []byte, i int) int {
	if i >= len(b) {
		return len(b) + 1
	}
	switch b[i] {
	case '"':
		c := cut{text: true}
		return c.endOfText(b, i+1)
	case '{', '[':
		var c cut
		n, _ := c.scan(b[i:])
		return i + n
	}
	for ; i < len(b); i++ {
		switch b[i] {
		case ',', '}', ']', ' ', '\n', '\r', '\t':
			return i
		}
	}
	return i
}

// text is a string without its quotes; nil for what is no string.
func text(value []byte) []byte {
	if len(value) < 2 || value[0] != '"' {
		return nil
	}
	return value[1 : len(value)-1]
}

func object(value []byte) []byte {
	if len(value) == 0 || value[0] != '{' {
		return nil
	}
	return value
}

// Unquote gives what a string of JSON, given without its quotes, says.
func Unquote(b []byte) string {
	if bytes.IndexByte(b, '\\') < 0 {
		return string(b)
	}
	quoted := make([]byte, 0, len(b)+2)
	quoted = append(append(append(quoted, '"'), b...), '"')
	var s string
	if json.Unmarshal(quoted, &s) != nil {
		return string(b)
	}
	return s
}

// Principal tells who did it: the ARN, else the id, else the service.
func (h *Head) Principal() []byte {
	var arn, id, by []byte
	members(h.Identity, func(key, value []byte) {
		switch string(key) {
		case "arn":
			arn = text(value)
		case "principalId":
			id = text(value)
		case "invokedBy":
			by = text(value)
		}
	})
	switch {
	case len(arn) > 0:
		return arn
	case len(id) > 0:
		return id
	}
	return by
}

// PrincipalPaths are where, in a record, the parts of Principal stand: the first
// that is not empty is it.
func PrincipalPaths() []string {
	return []string{"userIdentity.arn", "userIdentity.principalId", "userIdentity.invokedBy"}
}

// EachResource calls each with every resource that is named: its ARN.
func (h *Head) EachResource(each func(arn []byte)) {
	if len(h.Resources) == 0 || h.Resources[0] != '[' {
		return
	}
	elements(h.Resources, func(value []byte) {
		if t := text(value); len(t) > 0 {
			each(t)
			return
		}
		members(object(value), func(key, v []byte) {
			if k := string(key); k == "ARN" || k == "arn" {
				if t := text(v); len(t) > 0 {
					each(t)
				}
			}
		})
	})
}
