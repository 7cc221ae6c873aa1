package tocsin

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// The tags by which stock clients (the aws CLI, Terraform, SDKs) set a contact's
// PlanOptions. A tag of this prefix that is none of them is refused.
const (
	OptionPrefix     = "tocsin/"
	TagRepeat        = "tocsin/repeat"        // 1–20
	TagAckMinutes    = "tocsin/ack-minutes"   // 1–1440
	TagFallback      = "tocsin/fallback"      // a contact's ARN
	TagStageMinutes  = "tocsin/stage-minutes" // 0–1440 for each stage, by spaces: "120 45 0"
	maxRepeat        = 20
	maxOptionMinutes = 24 * 60
)

// TagLate is the tag of a rule that says what comes of late events: page, open or drop.
const TagLate = "tocsin/late"

var optionTags = []string{TagRepeat, TagAckMinutes, TagFallback, TagStageMinutes}

// ParseOptions reads the options of a contact of a type from its tags; other tags
// are left alone. Invalid, naming the tag, where a value cannot be.
func ParseOptions(t ContactType, tags map[string]string) (o PlanOptions, err error) {
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		value := tags[key]
		if !strings.HasPrefix(key, OptionPrefix) {
			continue
		}
		if !slices.Contains(optionTags, key) {
			return o, badOption(key, "is not one of "+strings.Join(optionTags, ", "))
		}
		if t == OnCall && key != TagFallback && key != TagAckMinutes {
			return o, badOption(key, "has no meaning for an on-call schedule, which has no stages")
		}
		if err := o.set(key, value); err != nil {
			return o, err
		}
	}
	return o, nil
}

func (o *PlanOptions) set(key, value string) (err error) {
	switch key {
	case TagRepeat:
		o.Repeat, err = optionNumber(key, value, 1, maxRepeat)
	case TagAckMinutes:
		o.AckMinutes, err = optionNumber(key, value, 1, maxOptionMinutes)
	case TagFallback:
		if o.Fallback = ARN(value); o.Fallback.Service() != ServiceContacts || o.Fallback.Kind() != "contact" {
			return badOption(key, "must be the ARN of a contact")
		}
	case TagStageMinutes:
		words := strings.Fields(value)
		if len(words) == 0 {
			return badOption(key, "must name minutes, one number for each stage")
		}
		for _, word := range words {
			n, err := optionNumber(key, word, 0, maxOptionMinutes)
			if err != nil {
				return err
			}
			o.Minutes = append(o.Minutes, n)
		}
	}
	return err
}

func optionNumber(key, text string, low, high int) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < low || n > high {
		return 0, badOption(key, "must be a number from "+strconv.Itoa(low)+" to "+strconv.Itoa(high))
	}
	return n, nil
}

func badOption(key, why string) error {
	return Refuse("Invalid value provided - tag "+key+" "+why, Field{Name: "Tags", Message: key + " " + why})
}
