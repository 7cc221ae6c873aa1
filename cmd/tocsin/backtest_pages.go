package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tocsin-io/tocsin/internal/backtest"
	"github.com/tocsin-io/tocsin/internal/client"
)

const week = 7 * 24 * time.Hour

// pager asks the server who is paged, once for each hour of the week that has
// incidents: plans and rotations are played as they are now, in the week to come,
// since those of the past are not kept.
func (c *backtestCmd) pager(now time.Time) backtest.Pager {
	seen := map[time.Time][]backtest.Page{}
	return func(ctx context.Context, opened time.Time) ([]backtest.Page, error) {
		at := ahead(opened, now)
		if pages, ok := seen[at]; ok {
			return pages, nil
		}
		lines, err := c.simulate(ctx, at)
		if err != nil {
			return nil, err
		}
		var pages []backtest.Page
		for _, l := range lines {
			if l.Kind == "PAGE" {
				pages = append(pages, backtest.Page{Person: cmp.Or(l.ContactName, alias(l.ContactArn)), Channel: l.ChannelType})
			}
		}
		seen[at] = pages
		return pages, nil
	}
}

// planIsThere asks for the plan before anything is read, which may take long.
func (c *backtestCmd) planIsThere(ctx context.Context) error {
	var out simulation
	err := c.call(ctx, "Simulate", c.question(time.Now()), &out)
	var answer *client.Error
	if errors.As(err, &answer) && strings.HasPrefix(answer.Code, "ResourceNotFound") {
		return &exitError{exitWrong, fmt.Sprintf("--response-plan: the server has no plan %s; aws ssm-incidents list-response-plans lists them", c.ResponsePlan)}
	}
	return err
}

// ahead is the same hour of the week in the week from now on; now itself for an
// event that tells no time.
func ahead(opened, now time.Time) time.Time {
	if opened.IsZero() {
		return now.Truncate(time.Hour)
	}
	at := opened.Truncate(time.Hour)
	weeks := int64((now.Sub(at) + week - 1) / week)
	return at.Add(time.Duration(weeks) * week)
}

// simulate plays the plan, with the first who is paged acknowledging if that is
// to be assumed.
func (c *backtestCmd) simulate(ctx context.Context, at time.Time) ([]simulatedLine, error) {
	in := c.question(at)
	var out simulation
	if err := c.call(ctx, "Simulate", in, &out); err != nil || c.AckAfter < 0 {
		return out.Lines, err
	}
	for _, l := range out.Lines {
		if l.Kind == "PAGE" {
			after := time.UnixMicro(int64(l.Time*1e6)).Sub(at) + c.AckAfter
			in["Acknowledgements"] = []any{map[string]any{"ContactId": l.ContactArn, "AfterMinutes": int((after + time.Minute - 1) / time.Minute)}}
			out = simulation{}
			err := c.call(ctx, "Simulate", in, &out)
			return out.Lines, err
		}
	}
	return out.Lines, nil
}

// question is what Simulate is asked of an incident that is opened at a time.
func (c *backtestCmd) question(at time.Time) map[string]any {
	return map[string]any{
		"ResponsePlan": c.ResponsePlan, "Time": at.Unix(), "Minutes": int(24 * time.Hour / time.Minute),
		"FailedChannels": []string{}, "Acknowledgements": []any{},
	}
}

// assumed says what the pages are true for.
func (c *backtestCmd) assumed() string {
	answer := "nobody acknowledges"
	if c.AckAfter >= 0 {
		answer = fmt.Sprintf("who is paged first acknowledges after %s", short(c.AckAfter))
	}
	return fmt.Sprintf("response plan %s as it is now, at the incidents' hours in the week to come, 24h each; %s", c.ResponsePlan, answer)
}
