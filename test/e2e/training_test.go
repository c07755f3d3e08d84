package e2e_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"cosmossdk.io/math"

	"ayni.example/chain"
	"ayni.example/provenance/graph"
	"ayni.example/provenance/standard"
	"ayni.example/web/operator"
	"ayni.example/x/compute"
	"ayni.example/x/referee"
)

// leasedRecipe trains for some 20 s on one core.
const leasedRecipe = `
name: test/leased
mode: pretrain
seed: 3
model: {layers: 2, width: 64, heads: 2, kv_heads: 1, head_size: 32, inner: 160, context: 64}
tokenizer: {vocabulary: 300}
data: {folder: text, held_out: 4}
schedule: {rate: 5e-3, warm_up: 3}
batch: {windows: 16, length: 64}
budget: {steps: 640}
evaluate: {every: 160, windows: 4}
checkpoint: {every: 50}
export: {types: [F32]}
`

// stepPrice is a tenth of a thousandth of a credit.
const stepPrice = "0.0001"

// TestLeasedTraining: a recipe is trained on another machine, which dies; a third one goes on from what stands. The digest is the one of
// the tenant's own machine, and both are paid for what each of them made, to the acredit.
func TestLeasedTraining(t *testing.T) {
	t.Parallel()
	tenant, hosts := market(t, 2)
	shorten(t, tenant)
	recipe := writeRecipe(t, leasedRecipe)
	// On a home of its own, whose lineage no ledger hears of: the leased result is then the first with its content.
	local := finished(t, newMachine(t).run("train", recipe, "--local", "--out", filepath.Join(t.TempDir(), "local"), "--json"))

	leased := make(chan []byte, 1)
	go func() {
		out, err := tenant.try("train", recipe, "--price", stepPrice, "--segment", "20", "--wait", "--out", filepath.Join(t.TempDir(), "leased"), "--json")
		if err != nil {
			t.Error(err)
		}
		leased <- out
	}()
	first := awaitOrder(t, tenant, "five segments are committed", func(o operator.ComputeOrder) bool { return o.Training.Committed >= 5 })
	died := first.Leases[0].Provider
	for _, h := range hosts {
		if h.address == died {
			h.kill()
		}
	}
	t.Logf("the machine of %s dies after %d segments", died, first.Training.Committed)
	var out []byte
	for until := time.Now().Add(5 * time.Minute); out == nil; {
		select {
		case out = <-leased:
		case <-time.After(2 * time.Second): // an idle ledger makes a block a minute; this makes it make more
			if _, err := tenant.try("compute", "fund", first.ID, "0.0001"); err != nil && time.Now().After(until) {
				t.Fatalf("not trained: %v\n%s", err, tenant.run("compute", "order", first.ID))
			}
		}
	}
	if got := finished(t, out); got.Digest != local.Digest || !got.Complete {
		t.Errorf("leased %+v, on this machine %+v", got, local)
	}
	paid(t, read[operator.ComputeOrder](tenant, "compute", "order", first.ID), died)
	traced(t, tenant, finished(t, out))
}

// traced checks that a leased training left its lineage beside the result and on the ledger, with no further command: the text stands in
// the order and the worker committed the result, so the ledger saw the edge.
func traced(t *testing.T, tenant *node, got trained) {
	t.Helper()
	i := slices.IndexFunc(got.Files, func(f trainedFile) bool { return f.Kind == "model" })
	if i < 0 || got.Files[i].Asset == "" {
		t.Fatalf("no asset among %+v", got.Files)
	}
	model := got.Files[i]
	for _, suffix := range standard.Suffixes() {
		if _, err := os.Stat(model.Path + suffix); err != nil {
			t.Error(err)
		}
	}
	var g graph.Graph
	await(t, time.Minute, "the result is registered", func() bool {
		out, err := tenant.try("provenance", "graph", model.Asset, "--json")
		return err == nil && json.Unmarshal(out, &g) == nil
	})
	if len(g.Edges) != 1 || g.Edges[0].Relation != "train-data" || g.Edges[0].Evidence != "verified" && g.Edges[0].Evidence != "observed" {
		t.Errorf("lineage %+v", g)
	}
}

// paid checks who was paid for which steps.
func paid(t *testing.T, o operator.ComputeOrder, died string) {
	t.Helper()
	if len(o.Leases) != 2 || o.Leases[0].Provider != died || o.Leases[1].Provider == died {
		t.Fatalf("leases %+v", o.Leases)
	}
	units, sum := uint64(0), math.LegacyZeroDec()
	for _, l := range o.Leases {
		want := math.LegacyMustNewDecFromStr(l.Price).MulInt64(int64(l.Units))
		if got := math.LegacyMustNewDecFromStr(l.Paid); l.Units == 0 || !got.Equal(want) {
			t.Errorf("lease of %s: %d steps at %s, paid %s", l.Provider, l.Units, l.Price, l.Paid)
		}
		units, sum = units+l.Units, sum.Add(math.LegacyMustNewDecFromStr(l.Paid))
	}
	if got := math.LegacyMustNewDecFromStr(o.Paid); units != 640 || !got.Equal(sum) || o.State != "closed" {
		t.Errorf("%d steps for %s, the order says %s and is %s", units, sum, got, o.State)
	}
	t.Logf("%d steps, %s credits: %d on the machine that died, %d on the other", units, o.Paid, o.Leases[0].Units, o.Leases[1].Units)
}

// host is a machine that is for rent.
type host struct {
	*node
	address string
}

// market is a tenant that founded a network, and machines for rent in it.
func market(t *testing.T, n int) (*node, []host) {
	t.Helper()
	tenant := newMachine(t, "--listen", "127.0.0.1:0", "--ollama", "off")
	tenant.start()
	hosts := make([]host, 0, n)
	for range n {
		m := newMachine(t, "--listen", "127.0.0.1:0", "--ollama", "off")
		invitation := read[operator.Invite](tenant, "invite", "--credits", "100")
		m.start("join", invitation.Token)
		hosts = append(hosts, rented(t, m))
	}
	await(t, time.Minute, "the machines are on the market", func() bool { return len(read[[]operator.ComputeHost](tenant, "compute", "hosts")) == n })
	return tenant, hosts
}

// rented puts a machine on the market.
func rented(t *testing.T, m *node) host {
	t.Helper()
	await(t, time.Minute, "the machine is registered", func() bool {
		_, err := m.try("compute", "host", "--cpu", "1", "--memory", "2G", "--disk", "2G", "--price-step", stepPrice, "--price-second", stepPrice, "--collateral", "10")
		return err == nil
	})
	return host{m, read[operator.Wallet](m, "wallet", "show").Address}
}

// shorten makes the market's times those of a test.
func shorten(t *testing.T, founder *node, more ...map[string]any) {
	t.Helper()
	c, r := compute.DefaultParams(), referee.DefaultParams()
	c.SilenceBlocks, c.SilenceSeconds, c.DowntimeSeconds = 2, 15, 10
	r.Window, r.AuditBps = referee.Span{Blocks: 1, Seconds: 4}, 0
	setMarket(t, founder, c, r, more...)
}

// setMarket has the council of a network set the parameters of its market and of its disputes.
func setMarket(t *testing.T, founder *node, c compute.Params, r referee.Params, more ...map[string]any) {
	t.Helper()
	messages := []map[string]any{
		{"@type": "/ayni.compute.v1.MsgUpdateParams", "authority": chain.CouncilAddress(), "params": c},
		{"@type": "/ayni.referee.v1.MsgUpdateParams", "authority": chain.CouncilAddress(), "params": r},
	}
	text, err := json.Marshal(append(messages, more...))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "params.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	founder.run("network", "propose", "params", file)
}

func writeRecipe(t *testing.T, recipe string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "text"), 0o700); err != nil {
		t.Fatal(err)
	}
	words := strings.Fields("the cat sat on a mat and saw the dog run after its own tail while rain fell on every roof in town")
	for i := range 8 {
		var b strings.Builder
		for j := range 3000 {
			fmt.Fprint(&b, words[(i*7+j*j+j*i)%len(words)], " ")
		}
		if err := os.WriteFile(filepath.Join(dir, "text", fmt.Sprintf("f%d.txt", i)), []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	name := filepath.Join(dir, "recipe.yaml")
	if err := os.WriteFile(name, []byte(recipe), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// trained is the last line of a training.
type trained struct {
	Digest   string        `json:"digest"`
	Complete bool          `json:"complete"`
	Files    []trainedFile `json:"files"`
}

type trainedFile struct {
	Path  string `json:"path"`
	Kind  string `json:"kind"`
	Asset string `json:"asset"`
}

func finished(t *testing.T, out []byte) (r trained) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &r); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	return r
}

// awaitOrder waits for something about the only order of a tenant.
func awaitOrder(t *testing.T, tenant *node, what string, done func(operator.ComputeOrder) bool) (o operator.ComputeOrder) {
	t.Helper()
	await(t, 2*time.Minute, what, func() bool {
		list := read[[]operator.ComputeOrder](tenant, "compute", "orders")
		if len(list) == 0 {
			return false
		}
		o = read[operator.ComputeOrder](tenant, "compute", "order", list[0].ID)
		return done(o)
	})
	return o
}

// await looks until something is so.
func await(t *testing.T, most time.Duration, what string, done func() bool) {
	t.Helper()
	for until := time.Now().Add(most); !done(); time.Sleep(200 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("after %s not so: %s", most, what)
		}
	}
}
