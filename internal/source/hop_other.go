//go:build !amd64

package source

func hop(t tape, b []byte, at int, spans []kept) (k, to int, begun bool) {
	return hopWords(t, b, at, spans)
}
