package store

import (
	"fmt"
	"maps"
	"slices"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/store/sqldb"
)

// Tags gives a resource's tags; never nil.
func (tx *Tx) Tags(arn tocsin.ARN) (map[string]string, error) {
	rows, err := tx.q.GetTags(tx.ctx, sqldb.GetTagsParams{Account: tx.acct(), Arn: string(arn)})
	if err != nil {
		return nil, fmt.Errorf("read tags: %w", err)
	}
	out := make(map[string]string, len(rows))
	for _, r := range rows {
		out[r.Key] = r.Value
	}
	return out, nil
}

// PutTags adds tags to a resource, or changes them.
func (tx *Tx) PutTags(arn tocsin.ARN, tags map[string]string) error {
	if len(tags) == 0 {
		return nil
	}
	tx.Changed("tag", arn)
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		err := tx.q.PutTag(tx.ctx, sqldb.PutTagParams{Account: tx.acct(), Arn: string(arn), Key: k, Value: tags[k]})
		if err != nil {
			return fmt.Errorf("write tag: %w", err)
		}
	}
	return nil
}

// DeleteTag removes one tag; a missing one is no error.
func (tx *Tx) DeleteTag(arn tocsin.ARN, key string) error {
	tx.Changed("tag", arn)
	return wrap("delete tag", tx.q.DeleteTag(tx.ctx, sqldb.DeleteTagParams{Account: tx.acct(), Arn: string(arn), Key: key}))
}

// DeleteTags removes all tags of a resource.
func (tx *Tx) DeleteTags(arn tocsin.ARN) error {
	return wrap("delete tags", tx.q.DeleteTags(tx.ctx, sqldb.DeleteTagsParams{Account: tx.acct(), Arn: string(arn)}))
}
