package e2e_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cosmossdk.io/math"

	"ayni.example/internal/home"
	"ayni.example/web/operator"
	"ayni.example/x/compute"
	"ayni.example/x/referee"
)

// disputedRecipe is trained in a moment, in three segments.
const disputedRecipe = `
name: test/NAME
mode: pretrain
seed: SEED
model: {layers: 1, width: 64, heads: 2, kv_heads: 1, head_size: 32, inner: 96, context: 64}
tokenizer: {vocabulary: 300}
data: {folder: text, held_out: 4}
schedule: {rate: 5e-3, warm_up: 3}
batch: {windows: 2, length: 32}
budget: {steps: 30}
evaluate: {every: 10, windows: 2}
checkpoint: {every: 10}
export: {types: [F32]}
`

const (
	disputedSteps = 30
	auditFee      = "0.002"
)

// quarrel is a network with a machine that lies, one that is honest, and an auditor.
type quarrel struct {
	t                             *testing.T
	tenant, liar, honest, auditor *node
	lie                           string // file that tells the liar how
}

// TestLyingTrainer: a machine sells a false state of one training, and keeps the state of another for itself. The auditor whom the beacon
// drew trains both again; the processes play the dispute by themselves down to the tile that the ledger computes, and a tile that
// nobody shows loses the other. The liar loses both bonds, all others are paid to the acredit, and an honest machine mends both trainings
// to the digests of the tenant's own machine.
func TestLyingTrainer(t *testing.T) {
	faulty := os.Getenv("AYNI_FAULT_BIN")
	if faulty == "" {
		t.Skip("AYNI_FAULT_BIN is not set: run make e2e")
	}
	q := newQuarrel(t, faulty)
	wrong, withheld := q.recipe("wrong", "3"), q.recipe("withheld", "4")
	want := []string{q.local(wrong), q.local(withheld)}
	before := map[*node]math.Int{q.liar: q.worth(q.liar), q.honest: q.worth(q.honest), q.auditor: q.worth(q.auditor)}

	first, sold := q.lease("wrong step", wrong, 1)
	second, kept := q.lease("withheld chunk", withheld, 2)
	q.honest.run("compute", "host", "--resume")
	ended := q.await(first, second, sold, kept)
	for i, out := range ended {
		if got := finished(t, out); got.Digest != want[i] || !got.Complete {
			t.Errorf("leased %+v, on this machine %s", got, want[i])
		}
	}
	q.mended(first)
	q.mended(second)
	q.money(before)
}

func newQuarrel(t *testing.T, faulty string) *quarrel {
	t.Helper()
	q := &quarrel{t: t, lie: filepath.Join(t.TempDir(), "lie")}
	for _, m := range []**node{&q.tenant, &q.liar, &q.honest, &q.auditor} {
		*m = newMachine(t, "--listen", "127.0.0.1:0", "--ollama", "off")
	}
	q.liar.bin, q.liar.env = faulty, []string{"AYNI_FAULT_TRAINER=" + q.lie}
	q.tenant.start()
	joining := []*node{q.liar, q.honest, q.auditor}
	for _, m := range joining {
		if err := m.begin("join", read[operator.Invite](q.tenant, "invite", "--credits", "100").Token); err != nil {
			t.Fatal(err)
		}
	}
	for _, m := range joining {
		if err := m.await(); err != nil {
			t.Fatalf("%v\n%s", err, m.err)
		}
	}
	c, r := compute.DefaultParams(), referee.DefaultParams() // a side of a dispute has two hours: nobody loses one by the clock here
	r.AuditBps, r.Window, r.Answer = 10_000, referee.Span{Blocks: 1, Seconds: 2}, referee.Span{Blocks: 1, Seconds: 4}
	setMarket(t, q.tenant, c, r)
	q.lends(q.liar, "0.0001")
	q.lends(q.honest, "0.0002")
	q.honest.run("compute", "host", "--pause") // until the liar has both trainings
	q.auditor.run("compute", "audit", "enlist")
	await(t, time.Minute, "two machines are on the market", func() bool {
		return len(read[[]operator.ComputeHost](q.tenant, "compute", "hosts")) == 2
	})
	return q
}

// lends puts a machine on the market, for two leases at once.
func (q *quarrel) lends(m *node, step string) {
	q.t.Helper()
	await(q.t, time.Minute, "the machine is registered", func() bool {
		_, err := m.try("compute", "host", "--cpu", "2", "--memory", "4G", "--disk", "4G", "--price-step", step, "--price-second", "0.001", "--collateral", "10")
		return err == nil
	})
}

func (q *quarrel) recipe(name, seed string) string {
	q.t.Helper()
	return writeRecipe(q.t, strings.NewReplacer("NAME", name, "SEED", seed).Replace(disputedRecipe))
}

// local is the digest of a training on the tenant's own machine.
func (q *quarrel) local(recipe string) string {
	q.t.Helper()
	return finished(q.t, q.tenant.run("train", recipe, "--local", "--out", filepath.Join(q.t.TempDir(), "local"), "--json")).Digest
}

func (q *quarrel) wallet(m *node) operator.Wallet {
	q.t.Helper()
	return read[operator.Wallet](m, "wallet", "show")
}

// lease orders the training of a recipe, and waits until the liar has begun with it. The channel gives what the command printed.
func (q *quarrel) lease(lie, recipe string, number int) (order string, done <-chan []byte) {
	q.t.Helper()
	if err := os.WriteFile(q.lie, []byte(lie), 0o600); err != nil {
		q.t.Fatal(err)
	}
	out := make(chan []byte, 1)
	dir := filepath.Join(q.t.TempDir(), "leased")
	go func() {
		text, err := q.tenant.try("train", recipe, "--price", "0.0002", "--segment", "10", "--audit-fee", auditFee, "--deposit", "0.1", "--wait", "--out", dir, "--json")
		if err != nil {
			q.t.Error(err)
		}
		out <- text
	}()
	await(q.t, time.Minute, "the liar trains", func() bool {
		list := read[[]operator.ComputeOrder](q.tenant, "compute", "orders")
		for _, o := range list {
			o = read[operator.ComputeOrder](q.tenant, "compute", "order", o.ID)
			if len(list) == number && o.Number == uint64(number) && o.Training.Committed > 0 {
				order = o.ID
			}
		}
		return order != ""
	})
	return order, out
}

// await waits for the ends of two trainings.
func (q *quarrel) await(first, second string, a, b <-chan []byte) [][]byte {
	q.t.Helper()
	out := make([][]byte, 2)
	for until := time.Now().Add(3 * time.Minute); out[0] == nil || out[1] == nil; {
		select {
		case out[0] = <-a:
		case out[1] = <-b:
		case <-time.After(time.Second): // an idle ledger makes a block a minute; this makes it make more
			q.auditor.run("compute", "audit", "enlist", "--bond", "0.0001")
			if time.Now().After(until) {
				q.t.Fatalf("not trained:\n%s\n%s\nliar: %s\nhonest: %s\nauditor: %s", q.tenant.run("compute", "order", first),
					q.tenant.run("compute", "order", second), q.liar.err, q.honest.err, q.auditor.err)
			}
		}
	}
	return out
}

// mended checks who trained an order: the liar but for its last segment, and the honest one that.
func (q *quarrel) mended(order string) {
	q.t.Helper()
	o := read[operator.ComputeOrder](q.tenant, "compute", "order", order)
	if len(o.Leases) != 2 || o.State != "closed" {
		q.t.Fatalf("order %+v", o)
	}
	for i, want := range []struct {
		by            *node
		units         uint64
		price, reason string
	}{{q.liar, disputedSteps - 10, "0.0001", "refuted"}, {q.honest, 10, "0.0002", "done"}} {
		l := o.Leases[i]
		paid := math.LegacyMustNewDecFromStr(want.price).MulInt64(int64(want.units))
		if l.Provider != q.wallet(want.by).Address || l.Units != want.units || !math.LegacyMustNewDecFromStr(l.Paid).Equal(paid) {
			q.t.Errorf("lease %+v, want %+v", l, want)
		}
	}
	q.t.Logf("order %d: %q and %q", o.Number, o.Leases[0].Reason, o.Leases[1].Reason)
}

// money checks what everybody has but for the fees of transactions: the liar loses both bonds and is paid for its true segments, the
// auditor has the reward of both lies and the fee of every audit, the honest machine the price of what it mended.
func (q *quarrel) money(before map[*node]math.Int) {
	q.t.Helper()
	c := compute.DefaultParams()
	for _, h := range read[[]operator.ComputeHost](q.tenant, "compute", "hosts") {
		if want := map[bool]uint32{true: 2}[h.Provider == q.wallet(q.liar).Address]; h.Refuted != want {
			q.t.Errorf("%s has lied %d times, want %d", h.Provider, h.Refuted, want)
		}
	}
	step := credits(q.t, "0.0001")
	for m, want := range map[*node]math.Int{
		q.liar:    step.MulRaw(2 * (disputedSteps - 10)).Sub(c.LeaseBond.MulRaw(2)),
		q.honest:  step.MulRaw(2 * 2 * 10),
		q.auditor: c.Reward(c.LeaseBond).MulRaw(2).Add(credits(q.t, auditFee).MulRaw(2 * 4)),
	} {
		var gain math.Int
		wait(q.t, 20*time.Second, "money", func() error { // what is in a block may not be told as a fee yet
			if gain = q.worth(m).Sub(before[m]); !gain.Equal(want) {
				return errorf("%s has gained %s credits, want %s", m.home, home.FormatCredits(gain), home.FormatCredits(want))
			}
			return nil
		})
		q.t.Logf("%s credits", home.FormatCredits(gain))
	}
}

// worth is all that a machine has and has paid as fees.
func (q *quarrel) worth(m *node) math.Int {
	q.t.Helper()
	w := q.wallet(m)
	sum := credits(q.t, w.Balance).Add(credits(q.t, w.Fees)).Add(credits(q.t, read[operator.Auditor](m, "compute", "audit").Bond))
	for _, h := range read[[]operator.ComputeHost](q.tenant, "compute", "hosts") {
		if h.Provider == w.Address {
			sum = sum.Add(credits(q.t, h.Collateral))
		}
	}
	return sum
}
