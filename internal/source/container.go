package source

import "bytes"

// lookAhead is in how many bytes a container has to tell that it is one.
const lookAhead = 8 << 10

// lists are the keys under which AWS writes lists of records:
// CloudTrail's files; GuardDuty's GetFindings; Config's snapshots and histories;
// CloudTrail's LookupEvents.
var lists = map[string]string{
	"Records": "Records", "Findings": "Findings", "findings": "findings",
	"configurationItems": "configurationItems", "Events": "Events", "events": "events",
}

// digest is what container answers for a digest file of CloudTrail.
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
const digest = "digestStartTime"

// container says under which key the object that begins b has a list of records,
// and the place after the list's opening bracket. It looks at no more than the
// members before the first that is an object or another list.
func container(b []byte) (key string, at int) {
	i := skipSpace(b, 1)
	for i < len(b) && b[i] == '"' {
		var c cut
		c.text = true
		end := c.endOfText(b, i+1)
		if c.text {
			return "", 0
		}
		name := b[i+1 : end-1]
		i = skipSpace(b, end)
		if i >= len(b) || b[i] != ':' {
			return "", 0
		}
		i = skipSpace(b, i+1)
		if i >= len(b) || b[i] == '{' {
			return "", 0
		}
		if string(name) == digest {
			return digest, 0
		}
		if b[i] == '[' {
			return lists[string(name)], i + 1
		}
		if b[i] == '"' {
			c.text = true
			i = c.endOfText(b, i+1)
		}
		n := bytes.IndexByte(b[min(i, len(b)):], ',')
		if n < 0 {
			return "", 0
		}
		i = skipSpace(b, i+n+1)
	}
	return "", 0
}

// firstKey is how an object begins, its first key included.
func firstKey(b []byte) []byte {
	i := skipSpace(b, 1)
	if i >= len(b) || b[i] != '"' {
		return nil
	}
	c := cut{text: true}
	end := c.endOfText(b, i+1)
	if c.text {
		return nil
	}
	return b[:end]
}
