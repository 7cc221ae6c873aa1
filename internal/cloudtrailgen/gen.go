package cloudtrailgen

import (
	"math/rand/v2"
	"strconv"
	"time"
)

var regions = []string{"us-east-1", "us-east-1", "us-east-1", "us-west-2", "us-west-2", "eu-west-1", "eu-central-1", "ap-southeast-2", "ap-northeast-1"}

// A gen writes the records of one file. It knows of the record that it wrote
// last what the probes ask about.
type gen struct {
	r       *rand.Rand
	weights []int // of calls, each with those before it
	b       []byte
	account string
	region  string
	t       time.Time
	c       *call
	failed  bool

	root     bool
	openCIDR bool // an ingress request naming 0.0.0.0/0 or ::/0
	bigRun   int
	ip       string
	ipKind   int // 0 internal v4, 1 external v4, 2 v6, 3 service name
	err      string
	mfa      bool
	console  bool
	counts   []int64
}

const hexd = "0123456789abcdef"
const b36 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

func (g *gen) s(x string)  { g.b = append(g.b, x...) }
func (g *gen) n(x int)     { g.b = strconv.AppendInt(g.b, int64(x), 10) }
func (g *gen) hex(n int)   { g.pick(hexd, n) }
func (g *gen) upper(n int) { g.pick(b36, n) }
func (g *gen) pick(alpha string, n int) {
	for n > 0 {
		v := g.r.Uint64()
		for k := 0; k < 12 && n > 0; k++ {
			g.b = append(g.b, alpha[v&31%uint64(len(alpha))])
			v >>= 5
			n--
		}
	}
}
func (g *gen) uuid() {
	for i, n := range [5]int{8, 4, 4, 4, 12} {
		if i > 0 {
			g.b = append(g.b, '-')
		}
		g.hex(n)
	}
}

// newGen draws from a random source of its own, so that files do not depend on
// one another.
func newGen(seed, stream uint64) *gen {
	g := &gen{r: rand.New(rand.NewPCG(seed, stream)), counts: make([]int64, len(probes))}
	total := 0
	for _, c := range calls {
		total += c.weight
		g.weights = append(g.weights, total)
	}
	return g
}

func (g *gen) one(xs ...string) string { return xs[g.r.IntN(len(xs))] }
func (g *gen) chance(p float64) bool   { return g.r.Float64() < p }
func (g *gen) arn(svc, rest string) {
	g.s(`arn:aws:` + svc + `:` + g.region + `:` + g.account + `:` + rest)
}

func null(g *gen) { g.s("null") }

var roleNames = []string{"app-backend", "ci-deploy", "OrganizationAccountAccessRole", "AWSServiceRoleForECS", "eks-node", "data-pipeline", "lambda-exec-orders", "lambda-exec-billing", "readonly-audit", "breakglass-admin", "config-recorder", "ssm-managed-instance", "terraform", "glue-etl", "support"}
var users = []string{"alice", "bob", "carol", "dave", "erin", "svc-backup", "svc-legacy-sync", "jürgen.müller", "o'brien", "測試用戶"}
var buckets = []string{"acme-prod-logs", "acme-prod-assets", "acme-data-lake-raw", "acme-data-lake-curated", "acme-backups", "acme-tfstate", "customer-exports-eu"}
var fns = []string{"orders-api", "orders-worker", "billing-nightly", "image-resize", "webhook-in", "etl-step-7"}

func (g *gen) role() string   { return roleNames[g.r.IntN(len(roleNames))] }
func (g *gen) user() string   { return users[g.r.IntN(len(users))] }
func (g *gen) bucket() string { return buckets[g.r.IntN(len(buckets))] }
