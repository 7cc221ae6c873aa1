package source

import "golang.org/x/sys/cpu"

// hasVectors says whether hop may be by vectors: AVX2 and BMI2, as every processor of
// the last ten years has them.
var hasVectors = cpu.X86.HasAVX2 && cpu.X86.HasBMI2

// hop is hopWords, by vectors where the processor has them.
//
//go:noescape
func hop(t tape, b []byte, at int, spans []kept) (k, to int, begun bool)
