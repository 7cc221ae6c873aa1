// Package fault marks the places where the loss of power must lose nothing: before
// and after each commit, each send and each step of a job. Packages store, job and
// notify name such a place as they pass it; in ordinary builds that compiles to
// nothing. In builds with the tag "fault", which only a test makes, the environment
// of the process tells at which place it dies, and what it passed goes to a file.
package fault
