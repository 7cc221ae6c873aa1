package source

// firstOdd is firstOddWord by the vector instructions that every amd64 has.
//
//go:noescape
func firstOdd(b []byte, i int) int
