package console

import (
	"errors"
	"net/http"

	"github.com/tocsin-io/tocsin/internal/aws"
)

// operate runs one operation of a service with the signed-in person as its
// principal: the same table, checks and errors as for any AWS client.
func (c *Console) operate(w http.ResponseWriter, r *http.Request) {
	p := c.person(w, r)
	if p == nil {
		return
	}
	service, ok := c.services[r.PathValue("service")]
	if !ok {
		writeError(w, http.StatusNotFound, "UnknownOperationException", "There is no such service here.")
		return
	}
	body, ok := readBody(w, r)
	if !ok {
		return
	}
	ctx := aws.NewContext(r.Context(), &aws.Call{
		Region: string(c.o.Region), Principal: p.Principal(), RemoteAddr: r.RemoteAddr, UserAgent: r.UserAgent(),
	})
	out, err := service.Call(ctx, r.PathValue("operation"), body)
	if err != nil {
		c.operationFault(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(out) //nolint:gosec // JSON, sent as such with nosniff; fails only when the client has gone
}

func (c *Console) operationFault(w http.ResponseWriter, err error) {
	var api aws.APIError
	if !errors.As(err, &api) {
		c.fault(w, err)
		return
	}
	e := aws.NewEncoder(nil)
	e.Object()
	e.Key("__type")
	e.String(api.Code())
	api.EncodeMembers(e)
	e.EndObject()
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(api.HTTPStatus())
	_, _ = w.Write(e.Bytes()) // fails only when the client has gone
}
