package source

import (
	"context"
	"time"

	"github.com/tocsin-io/tocsin/internal/store"
)

// Kept gives what the source kept in a part of its notes, by name.
func (in *Intake) Kept(ctx context.Context, part string) (all map[string]string, err error) {
	err = in.DB.View(ctx, in.Who, func(tx *store.Tx) (err error) {
		all, err = tx.Checkpoints(in.Name + "/" + part)
		return err
	})
	return all, err
}

// Keep has the source remember a value, over restarts too.
func (in *Intake) Keep(ctx context.Context, part, name, value string) error {
	return in.DB.Update(ctx, in.Who, func(tx *store.Tx) error { return tx.PutCheckpoint(in.Name+"/"+part, name, value) })
}

// Forget removes what was kept in a part before an instant.
func (in *Intake) Forget(ctx context.Context, part string, before time.Time) error {
	return in.DB.Update(ctx, in.Who, func(tx *store.Tx) error {
		_, err := tx.ForgetCheckpoints(in.Name+"/"+part, before)
		return err
	})
}
