package chain_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/chain"
	"ayni.example/internal/ethkey"
	"ayni.example/internal/testchain"
	"ayni.example/x/agent"
	"ayni.example/x/provider"
)

// BenchmarkWake is the whole cost of wake-ups on one node: a message, the draw of a host, its lease, and an act that pays; check,
// proposal, execution and commit. All agents are awake at once.
func BenchmarkWake(b *testing.B) {
	const agents = 200
	w := newWakes(b)
	ids := make([][]byte, agents)
	for i := range ids {
		label := fmt.Sprint("helper", i)
		ids[i] = agent.ID(testchain.ChainID, testchain.Keys(owner + 1)[owner].PubKey().Address(), label)
		w.one(owner, &agent.MsgCreate{Sender: accountAddress(owner), Label: label, Charter: wakesCharter(), Deposit: testchain.Credits(1).QuoRaw(5)})
	}
	wake := func(id []byte) sdk.Msg {
		return &agent.MsgWake{Sender: accountAddress(owner), Agent: id, Message: id, Size_: 1}
	}
	// One wake-up alone tells the gas of each message.
	used := [3]int64{w.one(owner, wake(ids[0])), 0, 0}
	w.draw(ids[:1])
	used[1] = w.one(carrier, w.take(ids[0]))
	used[2] = w.one(carrier, w.act(ids[0]))
	w.blocks = 0
	done := 0
	for b.Loop() {
		w.all(owner, used[0], agents, func(i int) []sdk.Msg { return []sdk.Msg{wake(ids[i])} })
		w.draw(ids)
		w.all(carrier, used[1], agents, func(i int) []sdk.Msg { return []sdk.Msg{w.take(ids[i])} })
		w.all(carrier, used[2], agents, func(i int) []sdk.Msg { return []sdk.Msg{w.act(ids[i])} })
		done += agents
	}
	b.ReportMetric(float64(done)/b.Elapsed().Seconds(), "wakes/s")
	b.ReportMetric(float64(done)/float64(w.blocks), "wakes/block")
	b.ReportMetric(float64(chain.BlockMaxGas)/(1.3*float64(used[0]+used[1]+used[2])), "wakes/full-block")
	for i, name := range []string{"wake", "take", "act"} {
		b.ReportMetric(float64(used[i]), "gas/"+name)
	}
}

// wakes is a proposer with a beacon and agents.
type wakes struct{ *proposer }

func newWakes(b *testing.B) *wakes {
	b.Helper()
	seed := sha256.Sum256([]byte("seat"))
	seat := ed25519.NewKeyFromSeed(seed[:])
	w := &wakes{newProposer(b, seat)}
	register, err := chain.RegisterBeaconKey(testchain.ChainID, accountAddress(operator), seat)
	w.must(err)
	w.one(operator, register)
	w.one(carrier, &provider.MsgRegister{
		Address: accountAddress(carrier), Name: "host", ReceiptKey: seed[:], PeerId: "12D3KooW" + strings.Repeat("a", 44), Bond: testchain.Credits(2),
	})
	w.one(carrier, &agent.MsgHost{Host: accountAddress(carrier), Key: seed[:], Until: w.now.Add(1000 * time.Hour).Unix()})
	return w
}

func wakesCharter() agent.Charter {
	most := testchain.Credits(1)
	return agent.Charter{
		Document: bytes.Repeat([]byte{1}, 32), Actions: []string{agent.ActionPay},
		Caps:        agent.Caps{PerAction: most, PerWake: most, PerHour: most, PerDay: most, Lifetime: most, PerPayee: most},
		PerWakeCost: math.NewIntWithDecimal(1, 14), ApprovalAbove: most, ApprovalSeconds: 60, ActionsMax: 4, WakePrice: math.ZeroInt(),
		LeaseBlocks: 100, LeaseSeconds: 600,
	}
}

// draw waits until each agent's wake-up has a host.
func (w *wakes) draw(ids [][]byte) {
	w.b.Helper()
	for range 20 {
		w.b.StopTimer()
		waits := slices.ContainsFunc(ids, func(id []byte) bool { return w.lease(id).Host == "" })
		w.b.StartTimer()
		if !waits {
			return
		}
		w.next(nil)
	}
	w.b.Fatal("an agent has no host")
}

func (w *wakes) lease(id []byte) agent.Lease {
	w.b.Helper()
	ctx, err := w.CreateQueryContext(w.LastBlockHeight(), false)
	w.must(err)
	lease, err := w.Keepers.Agent.Leases.Get(ctx, id)
	w.must(err)
	return lease
}

func (w *wakes) session(id []byte) *ethkey.PrivKey {
	w.b.Helper()
	key, err := ethkey.NewPrivKey(id)
	w.must(err)
	return key
}

func (w *wakes) take(id []byte) sdk.Msg {
	w.b.Helper()
	lease := w.lease(id)
	return &agent.MsgTake{Host: lease.Host, Agent: id, Wake: lease.Wake.Number, Epoch: lease.Epoch, Session: w.session(id).PubKey().Bytes()}
}

// act pays the owner a little.
func (w *wakes) act(id []byte) sdk.Msg {
	w.b.Helper()
	ctx, err := w.CreateQueryContext(w.LastBlockHeight(), false)
	w.must(err)
	a, err := w.Keepers.Agent.Agents.Get(ctx, id)
	w.must(err)
	lease := w.lease(id)
	msg := &agent.MsgAct{
		Carrier: lease.Host, Agent: id, Wake: lease.Wake.Number, Epoch: lease.Epoch, Decision: id, Cost: math.NewInt(1),
		Actions: []agent.Action{{Pay: &agent.Pay{Payee: accountAddress(owner), Amount: math.NewInt(1)}}},
	}
	w.must(agent.SignAct(w.session(id), testchain.ChainID, a.Head, msg))
	return msg
}
