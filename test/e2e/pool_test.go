package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cosmossdk.io/math"

	"ayni.example/artifact"
	"ayni.example/chain"
	"ayni.example/provenance/graph"
	"ayni.example/web/operator"
	"ayni.example/x/provenance"
)

// pooledRecipe adapts all weights of the starter for a few steps.
const pooledRecipe = `
name: test/pooled
mode: full
seed: 3
model: {from: ayni/starter}
data: {folder: "pool:code", held_out: 0}
batch: {windows: 1, length: 64}
budget: {steps: 4}
evaluate: {every: 0}
export: {types: [F32]}
terms: {share: 10}
`

// pooledName is what the result is called on the machine that keeps it.
const pooledName = "test/pooled:latest"

// TestPool: three people give to a pool, a fourth brings a copy; another machine trains on it. Nobody says where the model comes from: the
// ledger knows. What its first answer earns comes to the three, by points, to the unit, and to the model's owner by the share that the recipe
// asks; and the pack of the training is not for others.
func TestPool(t *testing.T) {
	t.Parallel()
	keeper, p := filled(t)
	recipe := filepath.Join(t.TempDir(), "recipe.yaml")
	if err := os.WriteFile(recipe, []byte(pooledRecipe), 0o600); err != nil {
		t.Fatal(err)
	}
	line := []string{
		"train", recipe, "--price", stepPrice, "--segment", "2", "--provider", p.host.address, "--out", filepath.Join(t.TempDir(), "run"), "--name", "test/pooled", "--json",
	}
	keeper.run(append(line, "--detach")...)
	awaitOrder(t, keeper, "a machine trains", func(o operator.ComputeOrder) bool { return o.Training.Committed > 0 })
	p.refuses(t, keeper)
	awaitOrder(t, keeper, "all of it stands", func(o operator.ComputeOrder) bool {
		_, _ = keeper.try("compute", "fund", o.ID, "0.0001") // a transaction makes a block; an idle ledger makes one a minute
		return o.Training.Stand == o.Training.Segments
	})
	keeper.run(append(line, "--wait")...)

	wait(t, time.Minute, "offer", func() error { _, err := keeper.try("offer", pooledName, "--price", "100000"); return err })
	p.descends(t, keeper)
	offered(t, p.host.node, pooledName)
	got, err := p.host.post("/v1/completions", []byte(`{"model":"`+pooledName+`","prompt":"func main() {","max_tokens":8,"provider":{"local":"never"}}`))
	if err != nil || got.status != 200 {
		t.Fatalf("ask: %v, %d %s", err, got.status, got.body)
	}
	price := p.shares(t, got.receipt)
	keeper.run("channel", "claim")
	p.paid(t, keeper, price)
	p.erases(t, keeper)
	p.leaves(t, keeper)
}

// swift are parameters with the times of a test.
func swift() provenance.Params {
	p := provenance.DefaultParams()
	p.SweepBlocks, p.SweepSeconds, p.SweepMin, p.VerifyBlocks, p.VerifySeconds = 1, 2, math.OneInt(), 1, 2
	return p
}

// pooled is a pool with its three contributors and what they had, and a machine for rent.
type pooled struct {
	id     string
	people []*node
	before []math.Int
	host   host
}

// filled is a pool that three contributors gave to and that refused a copy, which the machine for rent brought.
func filled(t *testing.T) (keeper *node, p pooled) {
	t.Helper()
	keeper = newMachine(t, "--listen", "127.0.0.1:0", "--ollama", "off")
	keeper.start()
	shorten(t, keeper, map[string]any{"@type": "/ayni.provenance.v1.MsgUpdateParams", "authority": chain.CouncilAddress(), "params": swift()})
	root := filepath.Join("..", "..", "x")
	p.id = read[operator.Pool](keeper, "pool", "create", "code", "--validation", filepath.Join(root, "credit", "voucher.go"), "--share", "20").ID
	given := make([]operator.Contribution, 4)
	var group sync.WaitGroup
	for i, file := range []string{"council/keeper/proposal.go", "compute/keeper/segment.go", "referee/keeper/audit.go", ""} {
		m := newMachine(t, "--listen", "127.0.0.1:0", "--ollama", "off")
		invitation := read[operator.Invite](keeper, "invite", "--credits", "100")
		p.people = append(p.people, m)
		group.Go(func() {
			if err := m.tryStart("join", invitation.Token); err != nil {
				t.Errorf("join: %v\n%s", err, m.err)
			} else if file != "" {
				m.run("vault", "add", filepath.Join(root, file))
				given[i] = give(t, m, p.id, filepath.Join(root, file))
			}
		})
	}
	group.Wait()
	if t.Failed() {
		t.FailNow()
	}
	p.host = rented(t, p.people[3])
	p.people = p.people[:3]
	given[3] = give(t, p.host.node, p.id, copied(t, filepath.Join(root, "council", "keeper", "proposal.go")))
	p.judged(t, keeper, given)
	return keeper, p
}

// give brings a file to a pool, once the machine's ledger knows it.
func give(t *testing.T, m *node, pool, file string) (c operator.Contribution) {
	t.Helper()
	for until := time.Now().Add(time.Minute); ; time.Sleep(200 * time.Millisecond) {
		out, err := m.try("pool", "join", pool, file, "--json")
		if err == nil && json.Unmarshal(out, &c) == nil {
			return c
		}
		if time.Now().After(until) {
			t.Errorf("pool join: %v %s", err, out)
			return c
		}
	}
}

// judged waits for the verdicts: the copy is refused, and what is not is worth something.
func (p *pooled) judged(t *testing.T, keeper *node, given []operator.Contribution) {
	t.Helper()
	var stats operator.PoolStats
	await(t, 2*time.Minute, "all is judged", func() bool {
		stats = read[operator.PoolStats](keeper, "pool", "stats", p.id)
		return len(stats.Contributions) == len(given) && !slices.ContainsFunc(stats.Contributions, func(c operator.Contribution) bool { return c.State == "waits" })
	})
	for i, g := range given {
		c := stats.Contributions[slices.IndexFunc(stats.Contributions, func(c operator.Contribution) bool { return c.ID == g.ID })]
		if i < 3 && (c.State != "accepted" || c.Points == 0) || i == 3 && (c.State != "refused" || c.Reason != "duplicate") {
			t.Errorf("contribution %d: %+v", i, c)
		}
	}
	for _, m := range p.people {
		p.before = append(p.before, worth(t, m))
	}
}

// worth is what a machine has, and what it spent for transactions.
func worth(t *testing.T, m *node) math.Int {
	t.Helper()
	w := read[operator.Wallet](m, "wallet", "show")
	return credits(t, w.Balance).Add(credits(t, w.Fees))
}

// copied is a file with one line more.
func copied(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "mine.go")
	if err := os.WriteFile(out, append([]byte("// mine\n"), text...), 0o600); err != nil {
		t.Fatal(err)
	}
	return out
}

// held is a blob on a machine's disk.
type held struct {
	Digest string `json:"digest"`
	Pins   []pin  `json:"pins"`
}

type pin struct {
	Owner string `json:"owner"`
}

// pack is the confidential blob of a machine.
func pack(t *testing.T, m *node) string {
	t.Helper()
	list := read[[]held](m, "artifact", "ls")
	at := slices.IndexFunc(list, func(h held) bool {
		return slices.ContainsFunc(h.Pins, func(p pin) bool { return p.Owner == artifact.Confidential })
	})
	if at < 0 {
		t.Fatalf("no confidential pack among %+v", list)
	}
	return list[at].Digest
}

// refuses checks that the pack of a training that runs is with the leased machine, and that neither gives it to a contributor, who is none.
func (p *pooled) refuses(t *testing.T, keeper *node) {
	t.Helper()
	digest := pack(t, keeper)
	if there := pack(t, p.host.node); there != digest {
		t.Errorf("the leased machine has %s, the pack is %s", there, digest)
	}
	out := filepath.Join(t.TempDir(), "pack")
	cmd := p.people[0].command("artifact", "get", digest, "--out", out)
	timer := time.AfterFunc(10*time.Second, func() { _ = cmd.Process.Kill() })
	text, err := cmd.CombinedOutput()
	timer.Stop()
	if _, there := os.Stat(out); err == nil || there == nil {
		t.Errorf("a stranger fetched the pack: %s", text)
	}
	t.Logf("a stranger asks for the pack: %v %s", err, bytes.TrimSpace(text))
}

// descends checks that the ledger knows, and saw, what the model was made from.
func (p *pooled) descends(t *testing.T, keeper *node) {
	t.Helper()
	var g graph.Graph
	wait(t, time.Minute, "lineage of the model", func() error {
		if _, err := keeper.try("provenance", "graph", pooledName, "--json"); err != nil {
			return err
		}
		g = read[graph.Graph](keeper, "provenance", "graph", pooledName)
		var found []string
		for _, e := range g.Edges {
			parent, _ := g.Node(e.Parent)
			if e.Asset == g.Root && (e.Evidence == graph.Observed || e.Evidence == graph.Verified) && (e.Parent == p.id || parent.Name == "ayni/starter") {
				found = append(found, e.Relation)
			}
		}
		if len(found) != 2 {
			return errorf("edges %+v of %+v", g.Edges, g.Nodes)
		}
		return nil
	})
	t.Logf("lineage: %+v", g.Edges)
}

// shares checks that the asker sees what of the price is the pool's, a fifth, and the model's owner's, a tenth. It gives the price.
func (p *pooled) shares(t *testing.T, receipt string) math.Int {
	t.Helper()
	u := read[operator.Upstream](p.host.node, "receipts", "show", receipt, "--shares")
	total := credits(t, u.Total)
	of := map[bool]math.Int{}
	for _, s := range u.Shares {
		of[s.Asset == p.id] = credits(t, s.Amount)
	}
	if len(u.Shares) != 2 || !of[true].Equal(total.QuoRaw(5)) || !of[false].Equal(total.QuoRaw(10)) || !total.IsPositive() {
		t.Errorf("shares %+v", u)
	}
	return total
}

// paid waits for the sweep, and compares each contributor's balance with its part of a fifth of the price, by points.
func (p *pooled) paid(t *testing.T, keeper *node, price math.Int) {
	t.Helper()
	var stats operator.PoolStats
	n := 0
	await(t, time.Minute, "the sweep has paid", func() bool {
		n++ // so that there are blocks
		_, _ = keeper.try("offer", "ayni/starter", "--price", fmt.Sprintf("0.%03d", n))
		stats = read[operator.PoolStats](keeper, "pool", "stats", p.id)
		return len(stats.Contributors) >= 3 && !slices.ContainsFunc(stats.Contributors, func(c operator.Contributor) bool { return c.Points != "0" && c.Paid == "0" })
	})
	points, _ := math.NewIntFromString(stats.Points)
	for i, m := range p.people {
		address := read[operator.Wallet](m, "wallet", "show").Address
		c := stats.Contributors[slices.IndexFunc(stats.Contributors, func(c operator.Contributor) bool { return c.Address == address })]
		own, _ := math.NewIntFromString(c.Points)
		rose, want := worth(t, m).Sub(p.before[i]), price.QuoRaw(5).Mul(own).Quo(points)
		if !rose.Equal(credits(t, c.Paid)) || !rose.Equal(want) || !rose.IsPositive() {
			t.Errorf("contributor %d with %s of %s points: balance rose by %s, paid %s, share %s of %s", i, own, points, rose, c.Paid, want, price)
		}
		t.Logf("contributor %d: %s of %s points, %s acredit of %s", i, own, points, rose, price)
	}
	if a := read[operator.Asset](keeper, "provenance", "show", pooledName); !credits(t, a.Received).Equal(price.QuoRaw(10)) || a.Terms.Share != 1_000 {
		t.Errorf("the model's owner was paid %s for it, of %s: %+v", a.Received, price, a.Terms)
	}
	if out, err := keeper.try("offer", pooledName, "--price", "100000", "--terms", "share=20"); err == nil || !strings.Contains(err.Error(), "terms never change") {
		t.Errorf("other terms afterwards: %v %s", err, out)
	}
}
