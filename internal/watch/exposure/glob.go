package exposure

import "strings"

// Patterns here are those of policies: * stands for any text, also none, and ? for
// one character.

// wild tells whether s is no fixed value: it holds a wildcard or a policy variable.
func wild(s string) bool { return strings.ContainsAny(s, "*?") || strings.Contains(s, "${") }

// meet tells whether some text fits both patterns.
func meet(p, q string) bool {
	// row[j] tells whether p so far and the first j bytes of q can fit one text.
	row := make([]bool, len(q)+1)
	row[0] = true
	for j := 0; j < len(q) && q[j] == '*'; j++ {
		row[j+1] = true
	}
	for i := range len(p) {
		next := make([]bool, len(q)+1)
		next[0] = row[0] && p[i] == '*'
		for j := range len(q) {
			switch {
			case p[i] == '*' || q[j] == '*':
				// A star is nothing, or takes what the other has next.
				next[j+1] = p[i] == '*' && (row[j+1] || next[j]) || q[j] == '*' && (next[j] || row[j+1])
			default:
				next[j+1] = row[j] && (p[i] == q[j] || p[i] == '?' || q[j] == '?')
			}
		}
		row = next
	}
	return row[len(q)]
}

// covers tells whether p fits every text that begins with prefix.
func covers(p, prefix string) bool {
	// What no pattern can name, longer than p: only a star takes it.
	return meet(p, prefix) && meet(p, prefix+strings.Repeat("\x00", len(p)+1))
}
