// Package cloudtrail is the watch of CloudTrail: does a trail of this region log? It
// asks CloudTrail's DescribeTrails and GetTrailStatus, at AWS or a server that stands
// for it.
package cloudtrail

import (
	"context"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/watch"
)

// Kind is the plug-in. The parameters bind the rule to trails that deliver there.
var Kind = watch.Kind{
	Name: "cloudtrail", Type: watch.AccountType,
	Trigger: `{"source": ["aws.cloudtrail"], "detail-type": ["AWS API Call via CloudTrail"], "detail": {"eventName": ["CreateTrail", "UpdateTrail",
		"DeleteTrail", "StartLogging", "StopLogging"]}}`,
	Checks: []watch.Check{{Identifier: "CLOUD_TRAIL_ENABLED", Parameters: []string{"s3BucketName", "snsTopicArn", "cloudWatchLogsLogGroupArn"}}},
	Open:   watch.OpenAccount(look),
}

const target = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101."

type trail struct {
	TrailARN                  string
	S3BucketName              string
	SnsTopicARN               string
	CloudWatchLogsLogGroupArn string
}

// logging are the trails that log.
type logging []trail

func look(ctx context.Context, c *watch.Caller, _ string) (watch.Subject, error) {
	var out struct{ TrailList []trail }
	if err := c.JSON(ctx, "cloudtrail", target+"DescribeTrails", map[string]any{"includeShadowTrails": true}, &out); err != nil {
		return nil, err
	}
	l := logging{}
	for _, t := range out.TrailList {
		var st struct{ IsLogging bool }
		if err := c.JSON(ctx, "cloudtrail", target+"GetTrailStatus", map[string]any{"Name": t.TrailARN}, &st); err != nil {
			return nil, err
		}
		if st.IsLogging {
			l = append(l, t)
		}
	}
	return l, nil
}

// Judge is what the managed rule says.
func (l logging) Judge(_ string, p map[string]string) tocsin.Verdict {
	is := func(name, have string) bool { want := p[name]; return want == "" || want == have }
	for _, t := range l {
		if is("s3BucketName", t.S3BucketName) && is("snsTopicArn", t.SnsTopicARN) && is("cloudWatchLogsLogGroupArn", t.CloudWatchLogsLogGroupArn) {
			return tocsin.Verdict{Compliance: tocsin.Compliant}
		}
	}
	if len(l) > 0 {
		return tocsin.Verdict{Compliance: tocsin.NonCompliant, Annotation: "No trail that logs delivers where the rule's parameters say."}
	}
	return tocsin.Verdict{Compliance: tocsin.NonCompliant, Annotation: "No trail logs in this Region."}
}
