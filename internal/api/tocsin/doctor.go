package tocsin

import (
	"context"

	"github.com/tocsin-io/tocsin/internal/api"
	wire "github.com/tocsin-io/tocsin/internal/aws/tocsin"
	"github.com/tocsin-io/tocsin/internal/doctor"
	"github.com/tocsin-io/tocsin/internal/store"
)

// Doctor tells what would fail in the account if it were needed now.
func (s *Server) Doctor(ctx context.Context, _ *wire.DoctorInput) (*wire.DoctorOutput, error) {
	var h doctor.House
	err := s.DB.View(ctx, api.Who(ctx), func(tx *store.Tx) (err error) {
		h, err = doctor.Read(tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	if s.Live != nil {
		h.Live = s.Live(api.Who(ctx).Account)
	}
	out := &wire.DoctorOutput{Findings: []wire.Finding{}, ExaminedAt: h.Now}
	for _, f := range doctor.Examine(h) {
		out.Findings = append(out.Findings, wire.Finding{Kind: string(f.Kind), Severity: string(f.Severity), ResourceArn: string(f.Resource), Message: f.Message, Recommendation: f.Mend})
	}
	return out, nil
}
