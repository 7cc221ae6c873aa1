package api

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/tocsin-io/tocsin/internal/aws"
	"github.com/tocsin-io/tocsin/internal/store"
)

// FullPage is how many entries a list shows where the request does not say.
const FullPage = 100

// Page is one page of a list: where it starts and how many entries it shows.
// Its tokens hold for the same caller, operation and query only.
type Page struct {
	Limit int
	After string // the cursor's text; empty at the beginning

	pager *aws.Pager
	scope string
}

// NewPage reads the paging members of a request; query is what else the list
// depends on. A token that is not of this list is aws.ErrBadToken.
func NewPage(ctx context.Context, pager *aws.Pager, limit *int, token *string, query any) (Page, error) {
	bound, err := json.Marshal(query)
	if err != nil {
		return Page{}, fmt.Errorf("bind paging token: %w", err)
	}
	c := aws.FromContext(ctx)
	p := Page{Limit: FullPage, pager: pager, scope: aws.Scope(c.Service.Name, c.Op.Name, c.Region, string(Who(ctx).Account), string(bound))}
	if limit != nil && *limit > 0 {
		p.Limit = *limit
	}
	if token != nil {
		p.After, err = pager.Decode(p.scope, *token)
	}
	return p, err
}

// Cursor is where the page starts in a list by time and id.
func (p Page) Cursor() (c store.Cursor, err error) {
	if p.After == "" {
		return c, nil
	}
	if err := json.Unmarshal([]byte(p.After), &c); err != nil {
		return c, aws.ErrBadToken
	}
	return c, nil
}

// Token gives the token of the page after the entry with this name.
func (p Page) Token(name string) *string {
	t := p.pager.Encode(p.scope, name)
	if t == "" {
		return nil
	}
	return &t
}

// TokenAt gives the token of the page after the entry at c.
func (p Page) TokenAt(c store.Cursor) *string {
	b, err := json.Marshal(c)
	if err != nil { // a time and a string
		return nil
	}
	return p.Token(string(b))
}

// Scan reads on from c until a page is full of what fits, and tells whether
// there is more of it.
func Scan[T any](limit int, c store.Cursor, read func(store.Cursor, int) ([]T, error), at func(T) store.Cursor, fits func(T) bool) (page []T, more bool, err error) {
	const batch = 200
	for {
		rows, err := read(c, batch)
		if err != nil {
			return nil, false, err
		}
		for _, r := range rows {
			if !fits(r) {
				continue
			}
			if len(page) == limit {
				return page, true, nil
			}
			page = append(page, r)
		}
		if len(rows) < batch {
			return page, false, nil
		}
		c = at(rows[len(rows)-1])
	}
}

// Rest gives the page of a list that is read whole and that only grows at its
// front, with the token of the page after it: tokens count what is left.
func Rest[T any](p Page, all []T) (page []T, token *string, err error) {
	if p.After != "" {
		left, err := strconv.Atoi(p.After)
		if err != nil || left < 0 {
			return nil, nil, aws.ErrBadToken
		}
		all = all[max(len(all)-left, 0):]
	}
	if len(all) <= p.Limit {
		return all, nil, nil
	}
	return all[:p.Limit], p.Token(strconv.Itoa(len(all) - p.Limit)), nil
}

// MaxTags is how many tags a resource may have.
const MaxTags = 50
