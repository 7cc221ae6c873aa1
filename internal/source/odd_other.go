//go:build !amd64

package source

func firstOdd(b []byte, i int) int { return firstOddWord(b, i) }
