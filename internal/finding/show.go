package finding

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/tocsin-io/tocsin"
)

// moments are the members inside of resource and service that the API has as seconds
// since 1970; events may have them as text.
// Source: the types of the guardduty client, timestamps.
var moments = map[string]bool{
	"createdAt": true, "createdTime": true, "endTime": true, "firstSeenAt": true, "lastModifiedAt": true, "lastSeenAt": true, "modifiedAt": true,
	"scanCompletedAt": true, "scanEndTime": true, "scanStartedAt": true, "scanStartTime": true, "startTime": true, "startedAt": true, "updatedAt": true,
}

// Show is a finding as the API answers with it: as it came, but for what people made of
// it, for moments, and for additionalInfo, which is a text there.
func Show(f *tocsin.Finding) ([]byte, error) {
	root, err := tree(f)
	if err != nil {
		return nil, err
	}
	service, _ := root["service"].(map[string]any)
	if info, ok := service["additionalInfo"].(map[string]any); ok {
		if service["additionalInfo"], err = asText(info); err != nil {
			return nil, err
		}
	}
	for _, name := range []string{"resource", "service"} {
		timed(root[name])
	}
	return plain(root)
}

// asText gives additional information as the API has it: JSON in a text, and its type.
func asText(info map[string]any) (map[string]any, error) {
	value, isText := info["value"].(string)
	kind, _ := info["type"].(string)
	if !isText {
		delete(info, "value")
		delete(info, "type")
		b, err := plain(info)
		if err != nil {
			return nil, err
		}
		value = string(b)
	}
	if kind == "" {
		kind = "default"
	}
	return map[string]any{"value": value, "type": kind}, nil
}

// timed turns the moments of a part of a finding into numbers. One that cannot be read
// is left out, for clients refuse the whole answer over it.
func timed(v any) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			timed(e)
		}
	case map[string]any:
		for name, value := range v {
			text, ok := value.(string)
			if !ok || !moments[name] {
				timed(value)
				continue
			}
			t, err := time.Parse(time.RFC3339, strings.Replace(text, " ", "T", 1))
			if err != nil {
				delete(v, name)
				continue
			}
			v[name] = json.Number(seconds(t))
		}
	}
}

// seconds writes an instant in seconds, to the millisecond.
func seconds(t time.Time) string {
	b, err := json.Marshal(at(t))
	if err != nil { // a number
		return "0"
	}
	return string(b)
}
