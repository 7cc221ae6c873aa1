package lint

import (
	"strings"
)

// sample is an event that a target causes when it is called.
type sample struct{ name, event string }

// calls are what CloudTrail records of EventBridge calling a target, by the
// service in the target's ARN. Calls that are data events are left out: few
// trails log them.
var calls = map[string][]string{
	"ssm-incidents": {"ssm-incidents StartIncident", "ssm-contacts StartEngagement"},
	"states":        {"states StartExecution"},
	"ssm":           {"ssm StartAutomationExecution", "ssm SendCommand"},
	"codebuild":     {"codebuild StartBuild"},
	"codepipeline":  {"codepipeline StartPipelineExecution"},
	"ecs":           {"ecs RunTask"},
	"batch":         {"batch SubmitJob"},
	"glue":          {"glue NotifyEvent"},
	"inspector":     {"inspector StartAssessmentRun"},
}

// consequences are events that follow when the rule calls the target.
func consequences(r *Rule, t Target) []sample {
	parts := strings.SplitN(t.ARN, ":", 6)
	if len(parts) < 6 {
		return nil
	}
	service, region, account, resource := parts[2], parts[3], parts[4], parts[5]
	if own := strings.SplitN(r.ARN, ":", 6); region == "" && len(own) == 6 {
		region = own[3]
	}
	at := place{account: account, region: region, target: t.ARN}
	var all []sample
	for _, call := range calls[service] {
		svc, name, _ := strings.Cut(call, " ")
		all = append(all, sample{"CloudTrail's " + name, at.call(svc, name)})
	}
	name := resource[strings.LastIndexAny(resource, ":/")+1:]
	switch service {
	case "states":
		machine := strings.Join(parts[:5], ":") + ":" + strings.Join(strings.SplitN(resource, ":", 3)[:2], ":") // without a version or alias
		for _, status := range []string{"RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"} {
			all = append(all, sample{"Step Functions Execution Status Change", at.event("aws.states", "Step Functions Execution Status Change",
				`{"executionArn":"x","stateMachineArn":"`+escape(machine)+`","name":"x","status":"`+status+`","startDate":1,"stopDate":2,"input":"{}","output":"{}"}`)})
		}
	case "codebuild":
		for _, status := range []string{"IN_PROGRESS", "SUCCEEDED", "FAILED", "STOPPED"} {
			all = append(all, sample{"CodeBuild Build State Change", at.event("aws.codebuild", "CodeBuild Build State Change",
				`{"build-status":"`+status+`","project-name":"`+escape(name)+`","build-id":"x","current-phase":"COMPLETED"}`)})
		}
	case "codepipeline":
		for _, state := range []string{"STARTED", "SUCCEEDED", "FAILED"} {
			all = append(all, sample{"CodePipeline Pipeline Execution State Change", at.event("aws.codepipeline", "CodePipeline Pipeline Execution State Change",
				`{"pipeline":"`+escape(name)+`","execution-id":"x","state":"`+state+`","version":1}`)})
		}
	}
	return all
}

// sameBus says whether the target is the bus that the rule is on: what the rule
// matches comes back as it is.
func sameBus(r *Rule, t Target) bool {
	parts, own := strings.SplitN(t.ARN, ":", 6), strings.SplitN(r.ARN, ":", 6)
	bus := r.Bus
	if bus == "" {
		bus = "default"
	}
	bus = bus[strings.LastIndexByte(bus, '/')+1:]
	return len(parts) == 6 && parts[2] == "events" && parts[5] == "event-bus/"+bus && len(own) == 6 && own[3] == parts[3] && own[4] == parts[4]
}

// place is where the events come from.
type place struct{ account, region, target string }

func (p place) event(source, detailType, detail string) string {
	return `{"version":"0","id":"00000000-0000-0000-0000-000000000000","detail-type":"` + detailType + `","source":"` + source + `","account":"` + escape(p.account) +
		`","time":"2026-01-01T00:00:00Z","region":"` + escape(p.region) + `","resources":["` + escape(p.target) + `"],"detail":` + detail + `}`
}

// call is a call as CloudTrail records it.
func (p place) call(service, name string) string {
	e := p.event("aws."+service, apiCall, `{"eventVersion":"1.11","userIdentity":{"type":"AssumedRole","principalId":"AROAX:x","arn":"arn:aws:sts::`+escape(p.account)+
		`:assumed-role/events/x","accountId":"`+escape(p.account)+`","accessKeyId":"ASIAX","sessionContext":{"sessionIssuer":{"type":"Role","userName":"events"},"attributes":{"mfaAuthenticated":"false"}},"invokedBy":"events.amazonaws.com"},`+
		`"eventTime":"2026-01-01T00:00:00Z","eventSource":"`+service+`.amazonaws.com","eventName":"`+name+`","awsRegion":"`+escape(p.region)+
		`","sourceIPAddress":"events.amazonaws.com","userAgent":"events.amazonaws.com","requestParameters":{},"responseElements":{},"requestID":"x","eventID":"x","readOnly":false,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"`+
		escape(p.account)+`","eventCategory":"Management"}`)
	return strings.Replace(e, `"resources":["`+escape(p.target)+`"]`, `"resources":[]`, 1)
}
