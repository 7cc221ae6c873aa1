package config

import (
	"context"
	"strings"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/api"
	wire "github.com/tocsin-io/tocsin/internal/aws/config"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/watch"
)

// PutEvaluations keeps what somebody's own evaluator found, and tells the bus of what
// changed. No Lambda function is called here that could be given a token: the token
// is the name or the ARN of a rule of the owner CUSTOM_LAMBDA. In test mode all is
// checked and nothing kept.
func (s *Server) PutEvaluations(ctx context.Context, in *wire.PutEvaluationsInput) (*wire.PutEvaluationsOutput, error) {
	out := &wire.PutEvaluationsOutput{FailedEvaluations: []wire.Evaluation{}}
	for _, e := range in.Evaluations {
		if e.ComplianceType == wire.ComplianceTypeInsufficientData {
			return nil, tocsin.Refuse("The ComplianceType INSUFFICIENT_DATA is not valid for this operation.")
		}
		if e.OrderingTimestamp.IsZero() {
			return nil, tocsin.Refuse("OrderingTimestamp must be specified.")
		}
	}
	if in.TestMode != nil && *in.TestMode {
		return out, nil
	}
	return out, s.DB.Update(ctx, api.Who(ctx), func(tx *store.Tx) error {
		r, err := own(tx, in.ResultToken)
		if err != nil {
			return err
		}
		tx.Changed(store.TopicConfig, r.ARN())
		for _, given := range in.Evaluations {
			e := tocsin.Evaluation{Type: given.ComplianceResourceType, Resource: given.ComplianceResourceId, Invoked: tx.Now(), Ordering: given.OrderingTimestamp.UTC(),
				Verdict: tocsin.Verdict{Compliance: tocsin.Compliance(given.ComplianceType), Annotation: api.Text(given.Annotation)}}
			if err := watch.Record(tx, s.Bus, r, e); err != nil {
				return err
			}
		}
		st := r.Status
		if st.Started.IsZero() {
			st.Started = tx.Now()
		}
		st.Invoked, st.Evaluated, st.ErrorCode, st.ErrorMessage = tx.Now(), tx.Now(), "", ""
		return tx.PutConfigRuleStatus(r.Name, st)
	})
}

// own finds the rule that a token stands for.
func own(tx *store.Tx, token string) (*tocsin.ConfigRule, error) {
	r, err := tx.ConfigRule(token)
	if strings.HasPrefix(token, "arn:") {
		if r, err = tx.ConfigRuleByID(tocsin.ARN(token).ID()); r != nil && r.ARN() != tocsin.ARN(token) {
			r = nil
		}
	}
	if err == nil && (r == nil || r.Identifier != "") {
		err = &wire.InvalidResultTokenException{Message: "The resultToken provided is invalid. Here it is the name or ARN of a ConfigRule of the Owner CUSTOM_LAMBDA."}
	}
	return r, err
}
