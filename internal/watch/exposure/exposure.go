// Package exposure decides from a bucket's settings alone whether the public may
// read or write it, and what the managed rules of AWS Config say of that. Its data
// are an access control list, a bucket policy, Block Public Access and the
// ownership setting as any S3 server shows them; its answers go to the checks of
// package s3 beside it. It reads nothing and knows no clock: the same settings
// always give the same answer.
//
// What counts as public is S3's own definition, and where that is silent the more
// public reading: docs/watches.md lists every such choice.
// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
package exposure

import (
	"strings"

	"github.com/tocsin-io/tocsin"
)

// Access is a kind of access that the public may have.
type Access int

// The kinds of access that the rules ask for.
const (
	Read Access = iota
	Write
)

func (a Access) String() string {
	if a == Write {
		return "write"
	}
	return "read"
}

// Bucket is what a bucket's settings say, of itself and of its account.
type Bucket struct {
	Grants    []Grant // the access control list
	Enforced  bool    // Object Ownership is BucketOwnerEnforced: no list is obeyed
	Policy    string  // JSON text; empty where there is none
	Own       Block
	Account   Block // of the account the bucket belongs to
	BlockLess bool  // the server has no Block Public Access at all
}

// Block is Block Public Access: four flags, all off where nothing is set.
type Block struct {
	BlockACLs, IgnoreACLs, BlockPolicy, RestrictBuckets bool
}

// off names the flags that are not set, as AWS spells them.
func (b Block) off() []string {
	var names []string
	for _, f := range []struct {
		name string
		set  bool
	}{
		{"BlockPublicAcls", b.BlockACLs}, {"IgnorePublicAcls", b.IgnoreACLs},
		{"BlockPublicPolicy", b.BlockPolicy}, {"RestrictPublicBuckets", b.RestrictBuckets},
	} {
		if !f.set {
			names = append(names, f.name)
		}
	}
	return names
}

// Prohibited is the verdict of S3_BUCKET_PUBLIC_READ_PROHIBITED or, for Write, of
// S3_BUCKET_PUBLIC_WRITE_PROHIBITED: compliant when neither the list nor the
// policy gives the public this access, or Block Public Access takes it away again.
// Only IgnorePublicAcls and RestrictPublicBuckets do that: the other two flags stop
// new grants and leave those that are there.
// Source: https://docs.aws.amazon.com/config/latest/developerguide/s3-bucket-public-read-prohibited.html
func (b *Bucket) Prohibited(a Access) tocsin.Verdict {
	why := ""
	if !b.Enforced && !b.Own.IgnoreACLs && !b.Account.IgnoreACLs {
		why += aclReason(b.Grants, a)
	}
	if !b.Own.RestrictBuckets && !b.Account.RestrictBuckets {
		why += policyReason(b.Policy, a)
	}
	if why == "" {
		return tocsin.Verdict{Compliance: tocsin.Compliant}
	}
	return tocsin.Verdict{Compliance: tocsin.NonCompliant, Annotation: why}
}

func policyReason(text string, a Access) string {
	if strings.TrimSpace(text) == "" {
		return ""
	}
	p, err := ParsePolicy([]byte(text))
	switch {
	case err != nil:
		return "The S3 bucket policy cannot be understood, so it counts as allowing public " + a.String() + " access."
	case !p.Public(a):
		return ""
	case p.Denies():
		return "The S3 bucket policy allows public " + a.String() + " access. What its Deny statements take away again is not weighed."
	}
	return "The S3 bucket policy allows public " + a.String() + " access."
}

// LevelProhibited is the verdict of S3_BUCKET_LEVEL_PUBLIC_ACCESS_PROHIBITED: all
// four flags must be set on the bucket itself. excluded says that the rule's
// parameters leave this bucket out.
// Source: https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html#s3-8
func (b *Bucket) LevelProhibited(excluded bool) tocsin.Verdict {
	switch off := b.Own.off(); {
	case excluded || len(off) == 0:
		return tocsin.Verdict{Compliance: tocsin.Compliant}
	case b.BlockLess:
		return tocsin.Verdict{Compliance: tocsin.NotApplicable, Annotation: "This S3 server has no Block Public Access."}
	default:
		return tocsin.Verdict{Compliance: tocsin.NonCompliant, Annotation: "Block Public Access of the S3 bucket is not fully on. Off: " + strings.Join(off, ", ") + "."}
	}
}

// AccountBlocked is the verdict of S3_ACCOUNT_LEVEL_PUBLIC_ACCESS_BLOCKS. want are
// the flags that must be set.
// Source: https://docs.aws.amazon.com/config/latest/developerguide/s3-account-level-public-access-blocks.html
func AccountBlocked(have, want Block) tocsin.Verdict {
	missing := Block{
		BlockACLs: have.BlockACLs || !want.BlockACLs, IgnoreACLs: have.IgnoreACLs || !want.IgnoreACLs,
		BlockPolicy: have.BlockPolicy || !want.BlockPolicy, RestrictBuckets: have.RestrictBuckets || !want.RestrictBuckets,
	}.off()
	if len(missing) == 0 {
		return tocsin.Verdict{Compliance: tocsin.Compliant}
	}
	return tocsin.Verdict{Compliance: tocsin.NonCompliant, Annotation: "Block Public Access of the account is not as required. Off: " + strings.Join(missing, ", ") + "."}
}
