// Package sts answers the one operation of AWS's Security Token Service that
// clients call to see whose key they hold.
package sts

import (
	"context"

	"github.com/tocsin-io/tocsin/internal/api"
	"github.com/tocsin-io/tocsin/internal/aws"
	wire "github.com/tocsin-io/tocsin/internal/aws/sts"
)

// Server answers the service's operations.
type Server struct{ wire.Unimplemented }

// New gives the service's operation table.
func New() *aws.Service { return wire.Service(&Server{}, func(err error) error { return err }) }

// GetCallerIdentity tells whose key signed the request.
func (*Server) GetCallerIdentity(ctx context.Context, _ *wire.GetCallerIdentityInput) (*wire.GetCallerIdentityOutput, error) {
	who := api.Who(ctx)
	id := who.Principal
	if c := aws.FromContext(ctx); c != nil && c.AccessKeyID != "" {
		id = c.AccessKeyID
	}
	return &wire.GetCallerIdentityOutput{UserId: &id, Account: new(string(who.Account)), Arn: &who.Principal}, nil
}
