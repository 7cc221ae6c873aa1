package source

import (
	"encoding/json"
	"strconv"
	"time"
)

// alerts makes an event of each alert of a message of Alertmanager or Grafana,
// whose webhooks have the same shape: detail is the alert, with what the message
// says of the group beside it. An alert that is sent again (repeat_interval) is
// the same event; its resolution is another.
// Sources: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config,
// https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/
func (d *Decoder) alerts(text []byte, m *message, o Origin, source, kind string) ([]Arrival, error) {
	var group struct {
		Receiver string            `json:"receiver"`
		GroupKey string            `json:"groupKey"`
		Labels   map[string]string `json:"groupLabels"`
		URL      string            `json:"externalURL"`
	}
	if err := json.Unmarshal(text, &group); err != nil {
		return nil, errNotKnown
	}
	about, err := json.Marshal(group)
	if err != nil {
		return nil, errNotKnown
	}
	var p parts
	for _, alert := range m.Alerts {
		p.add(oneAlert(alert, about, source, kind, group.URL, o))
	}
	return p.out, p.err()
}

// oneAlert makes the event of one alert; about is what is said of its group.
func oneAlert(alert, about json.RawMessage, source, kind, url string, o Origin) ([]Arrival, error) {
	var a struct {
		Status      string    `json:"status"`
		StartsAt    time.Time `json:"startsAt"`
		EndsAt      time.Time `json:"endsAt"`
		Fingerprint string    `json:"fingerprint"`
		Labels      map[string]string
	}
	all := map[string]json.RawMessage{}
	if json.Unmarshal(alert, &a) != nil || json.Unmarshal(alert, &all) != nil || all == nil {
		return nil, NotKnown("an alert of the message cannot be read")
	}
	all["group"] = about
	detail, err := json.Marshal(all)
	if err != nil {
		return nil, errNotKnown
	}
	if a.Fingerprint == "" {
		labels, _ := json.Marshal(a.Labels) // sorted by name; a map of strings always can be written
		a.Fingerprint = string(labels)
	}
	at := a.StartsAt
	if a.Status == "resolved" && !a.EndsAt.IsZero() {
		at = a.EndsAt
	}
	return Envelope{ID: ID(source, url, a.Fingerprint, a.Status, a.StartsAt.UTC().Format(time.RFC3339Nano)), Source: source, DetailType: kind, Time: at, Detail: detail}.Arrivals(o)
}

// findingOf decodes one of a list of findings: Security Hub's name the product they
// are of, GuardDuty's do not.
func (d *Decoder) findingOf(text []byte, o Origin, depth int) ([]Arrival, error) {
	var f struct{ ProductArn string }
	if json.Unmarshal(text, &f) == nil && f.ProductArn != "" {
		return d.hubFinding(text, o, depth)
	}
	return d.decode(text, o, depth+1)
}

// hubFinding makes the event that Security Hub sends for a finding. A finding
// that was updated is another event.
// Source: https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-cwe-event-formats.html
func (d *Decoder) hubFinding(text []byte, o Origin, _ int) ([]Arrival, error) {
	var f struct {
		ID           string    `json:"Id"`
		ProductArn   string    `json:"ProductArn"`
		AWSAccountID string    `json:"AwsAccountId"`
		Region       string    `json:"Region"`
		UpdatedAt    time.Time `json:"UpdatedAt"`
	}
	if json.Unmarshal(text, &f) != nil || f.ID == "" || f.ProductArn == "" {
		return nil, NotKnown("the finding has no Id or ProductArn: it is not in the format of Security Hub")
	}
	detail, err := json.Marshal(map[string][]json.RawMessage{"findings": {text}})
	if err != nil {
		return nil, errNotKnown
	}
	return Envelope{ID: ID(f.ProductArn, f.ID, f.UpdatedAt.String()), Source: "aws.securityhub", DetailType: "Security Hub Findings - Imported",
		Account: f.AWSAccountID, Region: f.Region, Time: f.UpdatedAt, Resources: []string{f.ProductArn + "/" + f.ID}, Detail: detail}.Arrivals(o)
}

// ocsf makes an event of a finding, or any other event, of the Open Cybersecurity
// Schema Framework: detail is all of it, detail-type the name of its class.
func (d *Decoder) ocsf(text []byte, m *message, o Origin) ([]Arrival, error) {
	kind := m.ClassName
	if kind == "" {
		kind = "OCSF " + strconv.FormatInt(*m.ClassUID, 10)
	}
	var at time.Time
	if ms, err := strconv.ParseInt(string(m.Time), 10, 64); err == nil {
		at = time.UnixMilli(ms)
	}
	id := m.Metadata.UID
	if id == "" {
		id = string(text)
	}
	return Envelope{ID: ID("ocsf", id, at.String()), Source: "ocsf", DetailType: kind, Time: at, Detail: text}.Arrivals(o)
}
