package server

import (
	"time"

	"github.com/tocsin-io/tocsin/internal/job"
	"github.com/tocsin-io/tocsin/internal/store"
)

// tidy is the job of forgetting what has expired. It writes itself anew.
type tidy struct{}

// Kind names the job.
func (tidy) Kind() string { return "server.tidy" }

// Queue is that of the household.
func (tidy) Queue() job.Queue { return job.House }

// Key keeps one such job.
func (tidy) Key() string { return "tidy" }

const tidyEvery = time.Hour

func registerHouse(r *job.Runner) {
	job.In(r, func(tx *store.Tx, _ tidy) error {
		if _, err := tx.ForgetTokens(); err != nil {
			return err
		}
		if _, err := tx.ForgetSeen(); err != nil {
			return err
		}
		if _, err := tx.ForgetFindings(); err != nil {
			return err
		}
		return job.At(tx, tx.Now().Add(tidyEvery), tidy{})
	})
}

// firstTidy sees to it that the job exists.
func firstTidy(tx *store.Tx) error { return job.At(tx, tx.Now().Add(tidyEvery), tidy{}) }
