package main

// What the process says by its exit code.
const (
	exitNo     = 1 // the answer is no
	exitWrong  = 2 // wrong use or input
	exitFailed = 3 // could not be done
)

// exitError ends the command with a code; an empty message is not printed.
type exitError struct {
	code    int
	message string
}

func (e *exitError) Error() string { return e.message }

// ExitCode is what kong asks for.
func (e *exitError) ExitCode() int { return e.code }
