package ssmincidents

import (
	"slices"
	"time"

	"github.com/tocsin-io/tocsin"
	wire "github.com/tocsin-io/tocsin/internal/aws/ssmincidents"
)

// incidentFilter reads the filters of ListIncidentRecords: all must hold, and
// of the values of one any. Where they allow one status only, it is given too:
// the store finds the few open incidents among many without reading them all.
func incidentFilter(filters []wire.Filter) (status tocsin.IncidentStatus, fits func(*tocsin.Incident) bool, err error) {
	var all []func(*tocsin.Incident) bool
	for _, f := range filters {
		switch f.Key {
		case "creationTime":
			fits, err := timeCondition(f.Condition)
			if err != nil {
				return "", nil, err
			}
			all = append(all, func(i *tocsin.Incident) bool { return fits(i.Created) })
		case "impact":
			if f.Condition.Equals == nil || f.Condition.Equals.IntegerValues == nil {
				return "", nil, tocsin.Refuse("The filter impact needs equals with integerValues.")
			}
			values := f.Condition.Equals.IntegerValues
			all = append(all, func(i *tocsin.Incident) bool { return slices.Contains(values, i.Impact) })
		case "status", "createdBy":
			values, err := stringValues(f)
			if err != nil {
				return "", nil, err
			}
			of := func(i *tocsin.Incident) string { return string(i.Status) }
			if f.Key == "status" && len(values) == 1 {
				status = tocsin.IncidentStatus(values[0])
			}
			if f.Key == "createdBy" {
				of = func(i *tocsin.Incident) string { return i.Source.CreatedBy }
			}
			all = append(all, func(i *tocsin.Incident) bool { return slices.Contains(values, of(i)) })
		default:
			return "", nil, tocsin.Refuse("The filter key " + f.Key + " is not valid: use creationTime, impact, status or createdBy.")
		}
	}
	return status, every(all), nil
}

func timeCondition(c wire.Condition) (func(time.Time) bool, error) {
	switch {
	case c.After != nil:
		return func(t time.Time) bool { return t.After(*c.After) }, nil
	case c.Before != nil:
		return func(t time.Time) bool { return t.Before(*c.Before) }, nil
	}
	return nil, tocsin.Refuse("A filter by time needs before or after.")
}

func stringValues(f wire.Filter) ([]string, error) {
	if f.Condition.Equals == nil || f.Condition.Equals.StringValues == nil {
		return nil, tocsin.Refuse("The filter " + f.Key + " needs equals with stringValues.")
	}
	return f.Condition.Equals.StringValues, nil
}
