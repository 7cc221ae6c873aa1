package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

type simulateCmd struct {
	endpointFlag
	ResponsePlan string        `help:"Response plan, by name or ARN." xor:"whom" required:"" placeholder:"PLAN"`
	Contact      string        `help:"A contact alone, by alias or ARN." xor:"whom" required:"" placeholder:"CONTACT"`
	At           string        `help:"When the incident starts: RFC 3339, or 2006-01-02T15:04 in local time; now if left out." placeholder:"TIME"`
	For          time.Duration `help:"How far to look; at most 168h." default:"24h"`
	Ack          []string      `help:"Somebody acknowledges: alias or ARN, @+ and the minutes after the start." placeholder:"WHO@+MIN"`
	Fail         []string      `help:"Nothing gets through on a channel: EMAIL, SMS, VOICE, alias/EMAIL or a channel's ARN." placeholder:"CHANNEL"`
	JSON         bool          `help:"Print the answer as JSON."`
}

// Help shows an example.
func (simulateCmd) Help() string {
	return "Tells who would be paged when, by what and why, and when the plan runs dry, with the live engine's own code; it pages nobody. " +
		"The exit code is 1 if nobody would be reached.\n\nExample: tocsin simulate --response-plan security --at 2026-12-25T03:00:00Z --ack alice@+12"
}

// simulation is the server's answer.
type simulation struct {
	Lines              []simulatedLine
	ReachedContactArns []string
	RunsDryAt          *float64 `json:",omitempty"`
}

type simulatedLine struct {
	Time                                                                                           float64
	Kind, EngagedContactArn, ContactArn, ContactName, ChannelArn, ChannelName, ChannelType, Reason string         `json:",omitempty"`
	Stage                                                                                          *int           `json:",omitempty"`
	Path                                                                                           []simulatedHop `json:",omitempty"`
	OnCallContactArns                                                                              []string       `json:",omitempty"`
}

type simulatedHop struct {
	ContactArn, ContactName, Type string `json:",omitempty"`
	StageIndex                    *int   `json:",omitempty"`
}

// Run asks the server and prints the forecast.
func (c *simulateCmd) Run(ctx context.Context, std streams) error {
	in, start, err := c.input()
	if err != nil {
		return err
	}
	var out simulation
	if err := c.call(ctx, "Simulate", in, &out); err != nil {
		return err
	}
	if c.JSON {
		enc := json.NewEncoder(std.out)
		enc.SetIndent("", "  ")
		err = enc.Encode(out)
	} else {
		err = out.print(std, start)
	}
	if err == nil && len(out.ReachedContactArns) == 0 {
		return &exitError{exitNo, "nobody would be reached"}
	}
	return err
}

func (c *simulateCmd) input() (in map[string]any, start time.Time, err error) {
	start = time.Now().Truncate(time.Second)
	if c.At != "" {
		if start, err = parseTime(c.At); err != nil {
			return nil, start, &exitError{exitWrong, "--at: " + err.Error()}
		}
	}
	if c.For <= 0 || c.For > 168*time.Hour {
		return nil, start, &exitError{exitWrong, "--for must be from 1m to 168h"}
	}
	in = map[string]any{"Time": start.Unix(), "Minutes": int(max(1, c.For.Minutes())), "FailedChannels": append([]string{}, c.Fail...)}
	if c.ResponsePlan != "" {
		in["ResponsePlan"] = c.ResponsePlan
	} else {
		in["ContactId"] = c.Contact
	}
	acks := []map[string]any{}
	for _, text := range c.Ack {
		who, after, ok := strings.Cut(text, "@+")
		minutes, err := strconv.Atoi(strings.TrimSuffix(after, "m"))
		if !ok || who == "" || err != nil || minutes < 0 {
			return nil, start, &exitError{exitWrong, fmt.Sprintf("--ack %s: write it as alice@+12, the minutes after the start", text)}
		}
		acks = append(acks, map[string]any{"ContactId": who, "AfterMinutes": minutes})
	}
	in["Acknowledgements"] = acks
	return in, start, nil
}

// parseTime reads an instant as people write it.
func parseTime(text string) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, text, time.Local); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not a time; write it as 2026-12-25T03:00:00Z", text)
}

func (s *simulation) print(std streams, start time.Time) error {
	fmt.Fprintf(std.out, "If it happened at %s:\n\n", start.Format("Mon 2 Jan 2006 15:04:05 MST"))
	w := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	for _, l := range s.Lines {
		at := time.UnixMicro(int64(l.Time * 1e6)).In(start.Location())
		fmt.Fprintf(w, "%s\t+%s\t%s\t%s\n", at.Format("Mon 15:04:05"), short(at.Sub(start)), l.what(), l.why())
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(std.out, "\nReached: %d %s.\n", len(s.ReachedContactArns), plural(len(s.ReachedContactArns), "person", "people"))
	return nil
}

// short writes a duration without what is zero.
func short(d time.Duration) string {
	text := d.Round(time.Second).String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// what says what happens, to whom.
func (l *simulatedLine) what() string {
	who := cmp.Or(l.ContactName, alias(l.ContactArn))
	channel := strings.TrimSpace(l.ChannelType + " " + quoted(l.ChannelName))
	switch l.Kind {
	case "PAGE":
		return "page " + who + " by " + channel
	case "FAILED_PAGE":
		return "page " + who + " by " + channel + " fails"
	case "SKIPPED":
		return strings.TrimSpace("skip " + who + " " + quoted(l.ChannelName))
	case "ON_CALL":
		if len(l.OnCallContactArns) == 0 {
			return who + ": nobody is on call"
		}
		var people []string
		for _, arn := range l.OnCallContactArns {
			people = append(people, alias(arn))
		}
		return who + ": on call is " + strings.Join(people, ", ")
	case "ACKNOWLEDGED":
		return who + " acknowledges"
	case "NOT_ACKNOWLEDGED":
		return who + " cannot acknowledge"
	case "PLAN_ENDED":
		return "the plan of " + who + " ends"
	case "PLAN_RESTARTED":
		return "the plan of " + who + " begins anew"
	case "RUN_DRY":
		return "THE PLAN HAS RUN DRY"
	case "CUT_OFF":
		return "the simulation ends"
	default:
		return l.Kind
	}
}

// why says by which path, and for which reason.
func (l *simulatedLine) why() string {
	var path []string
	for _, hop := range l.Path {
		step := cmp.Or(hop.ContactName, alias(hop.ContactArn))
		if hop.StageIndex != nil {
			step = fmt.Sprintf("stage %d → %s", *hop.StageIndex+1, step)
		}
		path = append(path, step)
	}
	text := strings.Join(path, ", ")
	if l.Reason != "" {
		text = strings.TrimPrefix(text+": "+l.Reason, ": ")
	}
	if l.Stage != nil && len(l.Path) == 0 {
		text = fmt.Sprintf("stage %d: %s", *l.Stage+1, text)
	}
	return text
}

func quoted(name string) string {
	if name == "" {
		return ""
	}
	return "“" + name + "”"
}

// alias is what an ARN ends with.
func alias(arn string) string {
	_, name, ok := strings.Cut(arn, "/")
	if !ok {
		return arn
	}
	return name
}
