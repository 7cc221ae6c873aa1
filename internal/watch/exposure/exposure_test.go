package exposure

import (
	"strings"
	"testing"

	"github.com/tocsin-io/tocsin"
)

const (
	open   = `{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:*"}]}`
	denies = `{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:*"},{"Effect":"Deny","Principal":"*","Action":"s3:PutObject"}]}`
	closed = `{"Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"s3:*"}]}`

	allUsers = "http://acs.amazonaws.com/groups/global/AllUsers"
	anyUsers = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"

	aclRead     = "The S3 bucket ACL allows public read access."
	aclWrite    = "The S3 bucket ACL allows public write access."
	policyRead  = "The S3 bucket policy allows public read access."
	policyWrite = "The S3 bucket policy allows public write access."
)

func grants(uri string, permissions ...string) (all []Grant) {
	for _, p := range permissions {
		all = append(all, Grant{URI: uri, Permission: p})
	}
	return append(all, Grant{ID: "79a59df9", Permission: "FULL_CONTROL"})
}

func group(id, permission string) []Grant {
	return []Grant{{ID: id, Group: true, Permission: permission}}
}

// TestProhibited is the truth table of the two rules. An empty answer is COMPLIANT.
func TestProhibited(t *testing.T) {
	for _, c := range []struct {
		name        string
		b           Bucket
		read, write string
	}{
		{"nothing set", Bucket{}, "", ""},
		{"the owner alone", Bucket{Grants: grants(allUsers)}, "", ""},
		{"READ for everybody", Bucket{Grants: grants(allUsers, "READ")}, aclRead, ""},
		{"WRITE for everybody", Bucket{Grants: grants(allUsers, "WRITE")}, "", aclWrite},
		{"FULL_CONTROL for everybody", Bucket{Grants: grants(allUsers, "FULL_CONTROL")}, aclRead, aclWrite},
		{"READ and WRITE", Bucket{Grants: grants(allUsers, "READ", "WRITE")}, aclRead, aclWrite},
		{"everybody with an account", Bucket{Grants: grants(anyUsers, "FULL_CONTROL")}, aclRead, aclWrite},
		{"https and another case", Bucket{Grants: grants("HTTPS://acs.amazonaws.com/groups/global/allusers", "READ")}, aclRead, ""},
		{"the group that writes logs", Bucket{Grants: grants("http://acs.amazonaws.com/groups/s3/LogDelivery", "WRITE", "READ_ACP")}, "", ""},
		{"a group of that name elsewhere", Bucket{Grants: grants("http://example.org/groups/global/AllUsers", "READ")}, "", ""},
		{"READ_ACP", Bucket{Grants: grants(allUsers, "READ_ACP")}, "The S3 bucket ACL allows the public to read the ACL.", ""},
		{"WRITE_ACP", Bucket{Grants: grants(allUsers, "WRITE_ACP")}, "", "The S3 bucket ACL allows the public to change the ACL."},
		{"READ_ACP before READ", Bucket{Grants: grants(allUsers, "READ_ACP", "READ")}, aclRead, ""},
		{"a group by its id", Bucket{Grants: group("all-users", "READ")}, aclRead, ""},
		{"another group by its id", Bucket{Grants: group("AuthenticatedUsers", "WRITE")}, "", aclWrite},
		{"an account by that name", Bucket{Grants: []Grant{{ID: "all-users", Permission: "READ"}}}, "", ""},
		{"a closed policy", Bucket{Policy: closed}, "", ""},
		{"an open policy", Bucket{Policy: open}, policyRead, policyWrite},
		{"both", Bucket{Policy: open, Grants: grants(allUsers, "READ", "WRITE")}, aclRead + policyRead, aclWrite + policyWrite},
		{"a policy that also denies", Bucket{Policy: denies}, policyRead + " What its Deny statements take away again is not weighed.",
			policyWrite + " What its Deny statements take away again is not weighed."},
		{"no policy at all", Bucket{Policy: " \n"}, "", ""},
		{"a policy that nobody can read", Bucket{Policy: "{"}, "The S3 bucket policy cannot be understood, so it counts as allowing public read access.",
			"The S3 bucket policy cannot be understood, so it counts as allowing public write access."},
		{"lists are not obeyed", Bucket{Enforced: true, Grants: grants(allUsers, "FULL_CONTROL")}, "", ""},
		{"lists are not obeyed, the policy is", Bucket{Enforced: true, Grants: grants(allUsers, "FULL_CONTROL"), Policy: open}, policyRead, policyWrite},
		{"public lists ignored", Bucket{Own: Block{IgnoreACLs: true}, Grants: grants(allUsers, "FULL_CONTROL"), Policy: open}, policyRead, policyWrite},
		{"public policies restricted", Bucket{Own: Block{RestrictBuckets: true}, Grants: grants(allUsers, "READ"), Policy: open}, aclRead, ""},
		{"both by the bucket", Bucket{Own: Block{IgnoreACLs: true, RestrictBuckets: true}, Grants: grants(allUsers, "FULL_CONTROL"), Policy: open}, "", ""},
		{"both by the account", Bucket{Account: Block{IgnoreACLs: true, RestrictBuckets: true}, Grants: grants(allUsers, "FULL_CONTROL"), Policy: open}, "", ""},
		{"one each", Bucket{Account: Block{IgnoreACLs: true}, Own: Block{RestrictBuckets: true}, Grants: grants(allUsers, "READ"), Policy: open}, "", ""},
		{"new grants only", Bucket{Own: Block{BlockACLs: true, BlockPolicy: true}, Account: Block{BlockACLs: true, BlockPolicy: true},
			Grants: grants(allUsers, "READ"), Policy: open}, aclRead + policyRead, policyWrite},
	} {
		for a, want := range []string{c.read, c.write} {
			v := c.b.Prohibited(Access(a))
			compliance := tocsin.NonCompliant
			if want == "" {
				compliance = tocsin.Compliant
			}
			if v != (tocsin.Verdict{Compliance: compliance, Annotation: want}) {
				t.Errorf("%s, %v: %v; want %s %q", c.name, Access(a), v, compliance, want)
			}
		}
	}
}

var allOn = Block{true, true, true, true}

// TestFlags goes through all settings of the four flags, of bucket and account.
func TestFlags(t *testing.T) {
	for bits := range 256 {
		flag := func(i int) bool { return bits>>i&1 == 1 }
		b := Bucket{Grants: grants(allUsers, "READ"), Policy: open,
			Own: Block{flag(0), flag(1), flag(2), flag(3)}, Account: Block{flag(4), flag(5), flag(6), flag(7)}}
		want := ""
		if !flag(1) && !flag(5) {
			want += aclRead
		}
		if !flag(3) && !flag(7) {
			want += policyRead
		}
		if got := b.Prohibited(Read).Annotation; got != want {
			t.Errorf("%08b: %q; want %q", bits, got, want)
		}
		level := b.LevelProhibited(false)
		if (level.Compliance == tocsin.Compliant) != (bits&15 == 15) {
			t.Errorf("%08b: bucket level %v", bits, level)
		}
		if account := AccountBlocked(b.Account, allOn); (account.Compliance == tocsin.Compliant) != (bits>>4 == 15) {
			t.Errorf("%08b: account level %v", bits, account)
		}
	}
}

func TestLevelProhibited(t *testing.T) {
	half := Bucket{Own: Block{BlockACLs: true, IgnoreACLs: true}, Account: allOn}
	if v := half.LevelProhibited(false); v.Compliance != tocsin.NonCompliant || !strings.HasSuffix(v.Annotation, "Off: BlockPublicPolicy, RestrictPublicBuckets.") {
		t.Errorf("half on: %v", v)
	}
	if v := half.LevelProhibited(true); v != (tocsin.Verdict{Compliance: tocsin.Compliant}) {
		t.Errorf("excluded: %v", v)
	}
	without := Bucket{BlockLess: true}
	if v := without.LevelProhibited(false); v.Compliance != tocsin.NotApplicable || v.Annotation == "" {
		t.Errorf("a server without Block Public Access: %v", v)
	}
	if v := AccountBlocked(Block{BlockACLs: true}, Block{BlockACLs: true}); v.Compliance != tocsin.Compliant {
		t.Errorf("only what is wanted counts: %v", v)
	}
}
