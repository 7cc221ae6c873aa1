package api

import (
	"fmt"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/store"
)

// Optional gives nil for an empty text, which the wire leaves out.
func Optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// Text gives the text of an optional member, empty where it is absent.
func Text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// OptionalTime gives nil for an instant that is not set.
func OptionalTime(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// PutTags adds tags to a resource, which may have fifty.
func PutTags(tx *store.Tx, arn tocsin.ARN, tags map[string]string) error {
	have, err := tx.Tags(arn)
	if err != nil {
		return err
	}
	for k := range tags {
		have[k] = tags[k]
	}
	if len(have) > MaxTags {
		return &tocsin.Error{Kind: tocsin.Quota, Message: fmt.Sprintf("A resource can have at most %d tags.", MaxTags), Resource: string(arn)}
	}
	return tx.PutTags(arn, tags)
}
