package main

import "path/filepath"

// A service is one package to generate.
type service struct {
	Package   string // and folder
	Model     string // folder below models/apis, "" for a model of ours
	Title     string // what the package comment calls it
	Reference string // address that an operation's name completes, "" where there is none

	// Ops lists the operations to generate; none means all.
	Ops []string
	// Others puts the operations that Ops leaves out into the table all the same: they
	// answer 501, and no shapes are generated for them.
	Others bool
	// Raw lists shapes of answers that are handed through as JSON, not built from members.
	Raw []string
	// Lenient changes a limit where AWS itself takes what its model forbids.
	Lenient map[string]limitChange // by "Shape" or "Structure.Member"
	// Optional lists required members of inputs and outputs (not of what is nested in them)
	// that clients need to be absent at times, as "Structure.Member".
	Optional []string

	noErrors bool // vectors: without the errors that every service gets
}

func (s service) modelPath(module string) string {
	if s.Model == "" {
		return filepath.Join("models", s.Package, "api-2.json")
	}
	return filepath.Join(module, "models", "apis", filepath.FromSlash(s.Model), "api-2.json")
}

// A limitChange replaces parts of a shape's limit.
type limitChange struct {
	AnyLength bool   // drops the minimum
	Max       string // replaces the maximum
	Why       string
}

const docs = "https://docs.aws.amazon.com/"

var services = []service{
	{
		Package: "ssmincidents", Model: "ssm-incidents/2018-05-10", Title: "AWS Systems Manager Incident Manager",
		Reference: docs + "incident-manager/latest/APIReference/API_",
		Lenient: map[string]limitChange{
			"SsmParameters":        {AnyLength: true, Why: "Terraform sends parameters {} for an action without any"},
			"DynamicSsmParameters": {AnyLength: true, Why: "as SsmParameters"},
		},
	},
	{
		Package: "ssmcontacts", Model: "ssm-contacts/2021-05-03", Title: "AWS Systems Manager Incident Manager Contacts",
		Reference: docs + "incident-manager/latest/APIReference/API_SSMContacts_",
		Optional:  []string{"GetRotationResult.StartTime"}, // Terraform sees a difference for ever where none was given
	},
	{
		Package: "events", Model: "eventbridge/2015-10-07", Title: "Amazon EventBridge",
		Reference: docs + "eventbridge/latest/APIReference/API_",
	},
	{
		Package: "sts", Model: "sts/2011-06-15", Title: "AWS Security Token Service",
		Reference: docs + "STS/latest/APIReference/API_",
		Ops:       []string{"GetCallerIdentity"},
	},
	{
		Package: "ssm", Model: "ssm/2014-11-06", Title: "AWS Systems Manager (Automation, documents, OpsItems)",
		Reference: docs + "systems-manager/latest/APIReference/API_",
		Ops: []string{
			"AddTagsToResource", "CreateDocument", "CreateOpsItem", "DeleteDocument", "DescribeAutomationExecutions",
			"DescribeAutomationStepExecutions", "DescribeDocument", "DescribeDocumentPermission", "DescribeOpsItems",
			"GetAutomationExecution", "GetDocument", "GetOpsItem", "ListDocumentVersions", "ListDocuments", "ListTagsForResource",
			"RemoveTagsFromResource", "SendAutomationSignal", "StartAutomationExecution", "StopAutomationExecution",
			"UpdateDocument", "UpdateDocumentDefaultVersion", "UpdateOpsItem",
		},
	},
	{
		Package: "config", Model: "config/2014-11-12", Title: "AWS Config (rules and compliance)",
		Reference: docs + "config/latest/APIReference/API_",
		Ops: []string{
			"DeleteConfigRule", "DeleteConfigurationRecorder", "DeleteDeliveryChannel", "DescribeComplianceByConfigRule",
			"DescribeComplianceByResource", "DescribeConfigRuleEvaluationStatus", "DescribeConfigRules",
			"DescribeConfigurationRecorderStatus", "DescribeConfigurationRecorders", "DescribeDeliveryChannelStatus",
			"DescribeDeliveryChannels", "GetComplianceDetailsByConfigRule", "GetComplianceDetailsByResource", "ListTagsForResource",
			"PutConfigRule", "PutConfigurationRecorder", "PutDeliveryChannel", "PutEvaluations", "StartConfigRulesEvaluation",
			"StartConfigurationRecorder", "StopConfigurationRecorder", "TagResource", "UntagResource",
		},
	},
	{
		Package: "guardduty", Model: "guardduty/2017-11-28", Title: "Amazon GuardDuty (detectors and findings)",
		Reference: docs + "guardduty/latest/APIReference/API_",
		Ops: []string{
			"ArchiveFindings", "CreateDetector", "CreateSampleFindings", "DeleteDetector", "GetDetector", "GetFindings", "GetFindingsStatistics",
			"ListDetectors", "ListFindings", "ListTagsForResource", "TagResource", "UnarchiveFindings", "UntagResource", "UpdateDetector",
			"UpdateFindingsFeedback",
		},
		Others: true,
		Raw:    []string{"Finding"}, // kept as AWS sent it, with members that this model is too old to know
		Lenient: map[string]limitChange{
			"FindingType": {Max: "100", Why: "GuardDuty has types of 80 characters"},
		},
	},
	{Package: "tocsin", Title: "Tocsin's own service"},
}

// A pattern is how a pattern that RE2 refuses, or that must not be read literally, is said
// instead: the whole text must match Match and must not match Refuse.
type pattern struct {
	Match, Refuse string
}

// patterns are by the model's text.
var patterns = map[string]pattern{
	`^(?!aws:)[A-Za-z0-9 _=@:.+-/]+$`: {`[A-Za-z0-9 _=@:.+-/]+`, `aws:.*`},
	`^(?!aws:)[a-zA-Z+-=._:/]+$`:      {`[a-zA-Z+-=._:/]+`, `aws:.*`},
	`^(?!\s*$).+`:                     {`.+`, `\s*`},
	// Meant as "not only space", also for text of several lines.
	`.*\S.*`: {`(?s).*\S.*`, ``},
	// Java's escapes and surrogates, said as RE2 says them.
	`[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+`: {`[\t\n\r\x20-\x7E\x{85}\x{A0}-\x{D7FF}\x{E000}-\x{FFFD}\x{10000}-\x{10FFFF}]+`, ``},
}
