package doctor

import "github.com/tocsin-io/tocsin"

// Schedule is an on-call schedule with its rotations.
type Schedule struct {
	Contact tocsin.ARN
}

func (s Schedule) people() []tocsin.ARN { return nil }

func (x *exam) schedules() {}
