package source

// wire are the members of GuardDuty's findings whose spelling in events is not
// their name in the API with a small first letter: by parent and name.
// Source: the API model guardduty/2017-11-28, locationName.
var wire = map[string]string{
	"ProductCodes.Code":                     "productCodeId",
	"ProductCodes.ProductType":              "productCodeType",
	"TaskDetails.TaskCreatedAt":             "createdAt",
	"RdsLoginAttemptAction.LoginAttributes": "LoginAttributes",
}

// dataKeys are the members whose keys are data.
var dataKeys = map[string]bool{"AffectedResources": true, "Profiles": true, "Behavior": true}

// camelCase appends a value of a finding with its keys as events spell them,
// given as the API spells them. parent is the key that it, or the list around it,
// stands under. The value has to be valid JSON.
func camelCase(dst, b []byte, parent string) []byte {
	if len(b) == 0 {
		return dst
	}
	switch b[0] {
	case '{':
		dst = append(dst, '{')
		members(b, func(key, value []byte) {
			dst = appendComma(dst, '{')
			dst = append(dst, '"')
			at := len(dst)
			name, known := wire[parent+"."+string(key)]
			if !known {
				name = string(key)
			}
			dst = append(dst, name...)
			if !known && !dataKeys[parent] && len(key) > 0 && key[0] >= 'A' && key[0] <= 'Z' {
				dst[at] += 'a' - 'A'
			}
			dst = append(dst, '"', ':')
			dst = camelCase(dst, value, string(key))
		})
		return append(dst, '}')
	case '[':
		dst = append(dst, '[')
		elements(b, func(value []byte) {
			dst = appendComma(dst, '[')
			dst = camelCase(dst, value, parent)
		})
		return append(dst, ']')
	}
	return append(dst, b...)
}

func appendComma(dst []byte, open byte) []byte {
	if dst[len(dst)-1] == open {
		return dst
	}
	return append(dst, ',')
}
