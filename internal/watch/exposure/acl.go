package exposure

import "strings"

// Grant is one line of an access control list: who is permitted what.
type Grant struct {
	URI        string // of a group, as AWS names it
	ID         string // of an account, or of a group on servers that name groups so
	Group      bool   // the server says that the grantee is a group
	Permission string // READ, WRITE, READ_ACP, WRITE_ACP or FULL_CONTROL
}

// publicGroups are the groups that anybody belongs to, by the last part of their
// names in lower case. Servers other than AWS give ids in the place of URIs.
var publicGroups = map[string]bool{
	"allusers": true, "authenticatedusers": true, // http://acs.amazonaws.com/groups/global/…
	"all-users": true, "authenticated-users": true,
}

const globalGroups = "acs.amazonaws.com/groups/global/"

// public tells whether the grantee is everybody, or everybody with an account.
func (g *Grant) public() bool {
	if g.URI != "" {
		uri := strings.ToLower(strings.TrimSpace(g.URI))
		_, path, _ := strings.Cut(uri, "://")
		name, global := strings.CutPrefix(path, globalGroups)
		return global && publicGroups[name] || publicGroups[uri]
	}
	return g.Group && publicGroups[strings.ToLower(g.ID)]
}

// aclReason says what a list grants the public of this kind of access; empty if
// nothing. Reading and changing the list itself count as reading and writing: who
// may change it can permit himself the rest.
func aclReason(grants []Grant, a Access) string {
	direct, list := "READ", "READ_ACP"
	if a == Write {
		direct, list = "WRITE", "WRITE_ACP"
	}
	onList := false
	for i := range grants {
		if !grants[i].public() {
			continue
		}
		switch strings.ToUpper(grants[i].Permission) {
		case direct, "FULL_CONTROL":
			return "The S3 bucket ACL allows public " + a.String() + " access."
		case list:
			onList = true
		}
	}
	switch {
	case onList && a == Write:
		return "The S3 bucket ACL allows the public to change the ACL."
	case onList:
		return "The S3 bucket ACL allows the public to read the ACL."
	}
	return ""
}
