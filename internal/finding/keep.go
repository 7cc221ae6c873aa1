package finding

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/bus"
	"github.com/tocsin-io/tocsin/internal/job"
	"github.com/tocsin-io/tocsin/internal/store"
)

// Register registers the worker that keeps findings which come in as events. Call it
// before the runner runs.
func Register(r *job.Runner, log *slog.Logger) {
	job.In(r, func(tx *store.Tx, k bus.Keep) error {
		f, err := Decode(k.Raw)
		if err != nil { // it was delivered to the rules as it is; trying again does not help
			log.Warn("an event that says it is a GuardDuty finding is none and is not kept", "account", tx.Account(), "region", tx.Region(), "error", err)
			return nil
		}
		return keep(tx, f)
	})
}

// keep writes a finding of AWS in the place of what was kept of it, under a detector
// that is made as needed. What came later than this stays, and so does what people made
// of the finding here.
func keep(tx *store.Tx, f *tocsin.Finding) error {
	d, err := tx.Detector(f.Detector)
	if err != nil {
		return err
	}
	if d == nil {
		if err := tx.PutDetector(blank(tx, f.Detector)); err != nil {
			return err
		}
	}
	was, err := tx.Finding(f.Detector, f.ID)
	if err != nil {
		return err
	}
	if was != nil {
		if !f.Updated.After(was.Updated) {
			return nil
		}
		f.Archived, f.Feedback = was.Archived, was.Feedback
	}
	return tx.PutFinding(f)
}

// maxID is the length of an id in GuardDuty's model, in characters.
const maxID = 300

// Decode reads a finding from the event that brings it. An error says what is wrong.
func Decode(event []byte) (*tocsin.Finding, error) {
	var e struct {
		Detail json.RawMessage `json:"detail"`
	}
	if err := json.Unmarshal(event, &e); err != nil {
		return nil, fmt.Errorf("read the event: %w", err)
	}
	return decode(e.Detail)
}

func decode(detail []byte) (*tocsin.Finding, error) {
	h, err := Read(detail)
	if err != nil {
		return nil, err
	}
	// The decoder takes names in any case, and those who read the finding do not.
	if err := spelled(detail); err != nil {
		return nil, err
	}
	f := &tocsin.Finding{Detector: h.Service.DetectorID, ID: h.ID, Archived: h.Service.Archived, Feedback: h.Service.UserFeedback, Detail: detail}
	if f.Updated, err = time.Parse(time.RFC3339, h.UpdatedAt); err != nil {
		return nil, fmt.Errorf("updatedAt is no instant: %q", tocsin.Clip(h.UpdatedAt, 50))
	}
	f.Updated = f.Updated.UTC()
	switch {
	case !valid(f.ID):
		return nil, errors.New("it has no id of 1 to 300 characters")
	case !valid(f.Detector):
		return nil, errors.New("it has no service.detectorId of 1 to 300 characters")
	case h.Type == "":
		return nil, errors.New("it has no type")
	case !(h.Severity >= 0 && h.Severity <= 10):
		return nil, fmt.Errorf("its severity is %v, not 0 to 10", h.Severity)
	case f.Updated.Year() < 2000 || f.Updated.Year() > 9999:
		return nil, fmt.Errorf("updatedAt is %s", h.UpdatedAt)
	case f.Feedback != "" && f.Feedback != "USEFUL" && f.Feedback != "NOT_USEFUL":
		f.Feedback = ""
	}
	return f, nil
}

// spelled refuses a finding whose members are spelled as in an SDK, with capitals.
func spelled(detail []byte) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(detail, &members); err != nil {
		return fmt.Errorf("read the finding: %w", err)
	}
	for _, name := range []string{"id", "type", "severity", "updatedAt", "service"} {
		if members[name] == nil {
			return errors.New("it has no member " + name)
		}
	}
	return nil
}

func valid(id string) bool {
	return id != "" && utf8.RuneCountInString(id) <= maxID && utf8.ValidString(id) && !strings.ContainsFunc(id, unicode.IsControl)
}

// Head is what of a finding decides where it is kept and how it is counted.
type Head struct {
	ID        string  `json:"id"`
	Type      string  `json:"type"`
	Severity  float64 `json:"severity"`
	UpdatedAt string  `json:"updatedAt"`
	CreatedAt string  `json:"createdAt"`
	Service   struct {
		DetectorID   string `json:"detectorId"`
		Archived     bool   `json:"archived"`
		UserFeedback string `json:"userFeedback"`
		Count        int    `json:"count"`
		FirstSeen    string `json:"eventFirstSeen"`
	} `json:"service"`
}

// Read reads the head of a finding.
func Read(detail []byte) (*Head, error) {
	var h Head
	if err := json.Unmarshal(detail, &h); err != nil {
		return nil, fmt.Errorf("read the finding: %w", err)
	}
	return &h, nil
}
