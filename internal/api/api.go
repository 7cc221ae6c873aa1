// Package api holds what the services below it share: who is calling, paging,
// and tags. Each folder below answers one AWS service: one method per operation,
// wire shapes to the product's words and back. Data comes from package aws,
// decoded and checked; reads go to the store, and what has a consequence goes
// through the domain packages.
package api

import (
	"context"
	"net"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/auth"
	"github.com/tocsin-io/tocsin/internal/aws"
	"github.com/tocsin-io/tocsin/internal/store"
)

// Caller gives the principal of the call in progress, or nil.
func Caller(ctx context.Context) *auth.Principal {
	c := aws.FromContext(ctx)
	if c == nil {
		return nil
	}
	p, _ := c.Principal.(*auth.Principal)
	return p
}

// Who is on whose behalf the call in progress runs its transactions. The
// operation is named only where it changes something, so that the store writes
// the audit of changes and of nothing else.
func Who(ctx context.Context) store.Who {
	c := aws.FromContext(ctx)
	if c == nil {
		return store.Who{}
	}
	who := store.Who{Region: tocsin.Region(c.Region), RequestID: c.RequestID, Address: c.RemoteAddr}
	if host, _, err := net.SplitHostPort(c.RemoteAddr); err == nil {
		who.Address = host
	}
	if p, ok := c.Principal.(*auth.Principal); ok && p != nil {
		who.Account, who.Principal = p.Account, p.ARN
	}
	if !c.Op.ReadOnly {
		who.Operation = c.Service.Name + ":" + c.Op.Name
	}
	return who
}
