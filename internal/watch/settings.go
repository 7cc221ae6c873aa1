package watch

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Settings say where a kind's resources are and how often to look at them. Without
// an endpoint they are at AWS; without a key, credentials are found as every AWS
// program finds them: in the environment, the shared configuration, the machine's role.
type Settings struct {
	Endpoint        string
	Region          string
	AccessKeyID     string
	SecretAccessKey string
	Interval        time.Duration
}

// How often a watch may look, and does where nothing is said.
const (
	shortest = time.Second
	usual    = time.Minute
	longest  = 24 * time.Hour
)

// Config is a kind that is to be watched.
type Config struct {
	Kind     Kind
	Settings Settings
	Reader   Reader
}

// Read opens what the section watch of tocsin.yaml names: kinds of the catalogue by
// their names, each with its settings. region is the server's own. Whatever it does
// not know is refused, because a misspelled setting must not be found out at night.
func Read(section map[string]any, c Catalogue, region string) ([]Config, error) {
	var all []Config
	for _, name := range slices.Sorted(maps.Keys(section)) {
		i := slices.IndexFunc(c, func(k Kind) bool { return k.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("watch: unknown key %q; there is: %s", name, strings.Join(c.names(), ", "))
		}
		s, err := settings(section[name], region)
		if err != nil {
			return nil, fmt.Errorf("watch: %s: %w", name, err)
		}
		r, err := c[i].Open(s)
		if err != nil {
			return nil, fmt.Errorf("watch: %s: %w", name, err)
		}
		all = append(all, Config{Kind: c[i], Settings: s, Reader: r})
	}
	return all, nil
}

func (c Catalogue) names() []string {
	var all []string
	for _, k := range c {
		all = append(all, k.Name)
	}
	return all
}

func settings(raw any, region string) (Settings, error) {
	s := Settings{}
	set := map[string]*string{"endpoint": &s.Endpoint, "region": &s.Region, "accessKeyId": &s.AccessKeyID, "secretAccessKey": &s.SecretAccessKey}
	members, ok := raw.(map[string]any)
	if !ok && raw != nil {
		return s, errors.New("want settings, like {endpoint: …, interval: 60s}")
	}
	for _, key := range slices.Sorted(maps.Keys(members)) {
		text, isText := members[key].(string)
		switch {
		case key == "interval":
			d, err := time.ParseDuration(text)
			if err != nil {
				return s, fmt.Errorf("interval must be like 60s or 5m, not %v", members[key])
			}
			s.Interval = d
		case set[key] == nil:
			return s, fmt.Errorf("unknown key %q; there is: endpoint, region, accessKeyId, secretAccessKey, interval", key)
		case !isText:
			return s, fmt.Errorf("%s must be a text", key) // a number there is a key without quotes: its zeros would be lost
		default:
			*set[key] = text
		}
	}
	return s, s.Check(region)
}

var regionName = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)

// Check refuses settings that cannot be and fills in what was left out: region is
// the server's own.
func (s *Settings) Check(region string) error {
	if s.Region == "" {
		s.Region = region
	}
	if s.Interval == 0 {
		s.Interval = usual
	}
	u, err := url.Parse(s.Endpoint)
	switch {
	case s.Endpoint != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https"):
		return errors.New("endpoint must be like https://s3.example.org, or left out for AWS")
	case u != nil && u.User != nil:
		return errors.New("endpoint must not hold a password: use accessKeyId and secretAccessKey")
	case (s.AccessKeyID == "") != (s.SecretAccessKey == ""):
		return errors.New("give both accessKeyId and secretAccessKey, or neither")
	case !regionName.MatchString(s.Region):
		return errors.New("region must be like us-east-1")
	case s.Interval < shortest || s.Interval > longest:
		return fmt.Errorf("interval must be from %v to %v", shortest, longest)
	}
	return nil
}
