package s3

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/watch"
	"github.com/tocsin-io/tocsin/internal/watch/exposure"
)

// The parameters of the rule for accounts: which flags must be on; all where nothing
// is said.
var flags = []string{"BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"}

// AccountKind is the plug-in for Block Public Access of the account itself.
var AccountKind = watch.Kind{
	Name: "s3account", Type: watch.AccountType,
	Trigger: `{"source": ["aws.s3"], "detail-type": ["AWS API Call via CloudTrail"], "detail": {"eventName": ["PutAccountPublicAccessBlock",
		"DeleteAccountPublicAccessBlock", "PutPublicAccessBlock", "DeletePublicAccessBlock"]}}`,
	Checks: []watch.Check{{Identifier: "S3_ACCOUNT_LEVEL_PUBLIC_ACCESS_BLOCKS", Parameters: flags, Valid: trueOrFalse}},
	Open:   watch.OpenAccount(lookAtAccount),
}

func lookAtAccount(ctx context.Context, c *watch.Caller, account string) (watch.Subject, error) {
	b, err := accountBlock(ctx, c, account)
	return flagged(b), err
}

func trueOrFalse(parameters map[string]string) error {
	for _, name := range flags {
		if v, ok := parameters[name]; ok && v != "True" && v != "False" {
			return tocsin.Refuse("The value " + v + " of the input parameter " + name + " is not valid: it must be True or False.")
		}
	}
	return nil
}

// flagged is the account's flags at one moment.
type flagged exposure.Block

// Judge is what the managed rule says.
func (f flagged) Judge(_ string, p map[string]string) tocsin.Verdict {
	on := func(name string) bool { return p[name] != "False" }
	return exposure.AccountBlocked(exposure.Block(f), exposure.Block{BlockACLs: on(flags[0]), IgnoreACLs: on(flags[1]), BlockPolicy: on(flags[2]), RestrictBuckets: on(flags[3])})
}

// accountBlock reads Block Public Access of an account; nothing set is no error.
func accountBlock(ctx context.Context, c *watch.Caller, account string) (exposure.Block, error) {
	body, err := c.Do(ctx, watch.Call{Service: "s3", Host: account + ".s3-control." + c.Settings.Region + ".amazonaws.com", Method: http.MethodGet,
		Path: "/v20180820/configuration/publicAccessBlock", Header: map[string]string{"X-Amz-Account-Id": account}})
	var f *watch.Failure
	if errors.As(err, &f) && f.Code == "NoSuchPublicAccessBlockConfiguration" {
		return exposure.Block{}, nil
	}
	if err != nil {
		return exposure.Block{}, fmt.Errorf("read the public access block of account %s: %w", account, err)
	}
	var out struct {
		XMLName                                                                     xml.Name `xml:"PublicAccessBlockConfiguration"`
		BlockPublicAcls, IgnorePublicAcls, BlockPublicPolicy, RestrictPublicBuckets bool
	}
	if err := xml.Unmarshal(body, &out); err != nil {
		return exposure.Block{}, &watch.Failure{Code: "Unreadable", Message: "the public access block of account " + account + " is no such thing"}
	}
	return exposure.Block{BlockACLs: out.BlockPublicAcls, IgnoreACLs: out.IgnorePublicAcls, BlockPolicy: out.BlockPublicPolicy, RestrictBuckets: out.RestrictPublicBuckets}, nil
}

// fresh is how long the account's flags are used for buckets that are read after.
const fresh = 5 * time.Second

// owner keeps the flags of the account that the buckets belong to.
type owner struct {
	caller *watch.Caller

	mu      sync.Mutex
	account string
	block   exposure.Block
	asOf    time.Time
}

// flags gives the account's flags as they were at most a few seconds ago.
func (o *owner) flags(ctx context.Context) (exposure.Block, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if time.Since(o.asOf) < fresh {
		return o.block, nil
	}
	if o.account == "" {
		ids, err := (&watch.Account{Caller: o.caller}).List(ctx)
		if err != nil {
			return exposure.Block{}, err
		}
		o.account = ids[0]
	}
	now := time.Now()
	b, err := accountBlock(ctx, o.caller, o.account)
	if err == nil {
		o.block, o.asOf = b, now
	}
	return b, err
}
