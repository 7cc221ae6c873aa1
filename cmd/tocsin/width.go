package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// widthOf is how many columns a terminal has; 0 if it is none, or does not say.
func widthOf(f *os.File) int {
	size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return 0
	}
	return int(size.Col)
}
