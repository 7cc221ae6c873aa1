package bus

import (
	"strings"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/store"
)

// The values of the tag that says what comes of events that are late.
const (
	latePage = "page" // as of any other: the default
	lateOpen = "open" // an incident, for which nobody is engaged
	lateDrop = "drop" // nothing
)

// CheckTags refuses tags of a rule that look like ours and are not, or say what
// cannot be.
func CheckTags(tags map[string]string) error {
	for key, value := range tags {
		switch {
		case key == tocsin.TagLate:
			if value != latePage && value != lateOpen && value != lateDrop {
				return tocsin.Refuse("The value of the tag " + tocsin.TagLate + " must be one of: " + latePage + ", " + lateOpen + ", " + lateDrop + ".")
			}
		case strings.HasPrefix(key, tocsin.OptionPrefix):
			return tocsin.Refuse("There is no tag " + key + " of rules: of those that begin with " + tocsin.OptionPrefix + " there is " + tocsin.TagLate + ".")
		}
	}
	return nil
}

// lateness says what comes of a match whose event is late; as of any other, if it is
// not.
func lateness(tx *store.Tx, m *tocsin.Match) (string, error) {
	if m.Event.Late <= 0 {
		return latePage, nil
	}
	tags, err := tx.Tags(m.Rule.ARN())
	return tags[tocsin.TagLate], err
}
