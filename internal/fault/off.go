//go:build !fault

package fault

// On tells whether this build can die at a point.
const On = false

// Point does nothing: this is an ordinary build.
func Point(string, string) {}
