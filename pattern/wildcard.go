package pattern

import (
	"bytes"
	"fmt"
	"strings"
)

// A wildcard is the text between its stars, escapes decoded: n stars leave n+1
// parts. It matches text that starts with the first part, ends with the last and
// has the others in order between them.
type wildcard []string

// parseWildcard reads a wildcard. why is event-ruler's text if it is refused;
// it counts bytes from the opening quote.
func parseWildcard(s string) (w wildcard, why string) {
	var part strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '*':
			if i+1 < len(s) && s[i+1] == '*' {
				return nil, fmt.Sprintf("Consecutive wildcard characters at pos %d", i+1)
			}
			w = append(w, part.String())
			part.Reset()
		case '\\':
			if i+1 == len(s) || s[i+1] != '*' && s[i+1] != '\\' {
				return nil, fmt.Sprintf("Invalid escape character at pos %d", i+1)
			}
			i++
			part.WriteByte(s[i])
		default:
			part.WriteByte(c)
		}
	}
	return append(w, part.String()), ""
}

// match takes each middle part at the first place where it is found, which is
// enough: time is at most the text's length times the number of parts' bytes.
func (w wildcard) match(s []byte) bool {
	first, last := w[0], w[len(w)-1]
	if len(w) == 1 {
		return string(s) == first
	}
	if len(s) < len(first)+len(last) || string(s[:len(first)]) != first || string(s[len(s)-len(last):]) != last {
		return false
	}
	s = s[len(first) : len(s)-len(last)]
	for _, part := range w[1 : len(w)-1] {
		i := bytes.Index(s, unsafeBytes(part))
		if i < 0 {
			return false
		}
		s = s[i+len(part):]
	}
	return true
}
