package keeper_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/internal/ledgertest"
	"ayni.example/x/provenance"
)

// sim is random work of a few people with random assets. What is taken, and what was paid, is counted beside the ledger.
type sim struct {
	*world
	r      *rand.Rand
	assets [][]byte
	pools  [][]byte
	given  [][]byte // contributions
	grants []simGrant
	kin    [][3][]byte // a child, the parent that it declares, and one that it does not
	taken  math.Int
	done   map[string]int
}

const (
	simPeople = 5
	simAssets = 150
)

func (s *sim) who() string { return fmt.Sprint("person ", s.r.IntN(simPeople)) }

func (s *sim) some() []byte { return s.assets[s.r.IntN(len(s.assets))] }

// served is the child of a family, or anything.
func (s *sim) served() []byte {
	if len(s.kin) > 0 && s.r.IntN(3) == 0 {
		return s.kin[s.r.IntN(len(s.kin))][0]
	}
	return s.some()
}

// try sends a message that may be refused.
func (s *sim) try(what string, msg sdk.Msg) {
	if _, err := s.Send(msg); err != nil {
		s.done[what+" refused"]++
		return
	}
	s.done[what]++
}

func (s *sim) register() {
	if len(s.assets) >= simAssets {
		return
	}
	name := fmt.Sprint("asset ", len(s.assets), " ", s.r.Uint32())
	m := model(name)
	for _, p := range s.r.Perm(len(s.assets))[:min(len(s.assets), s.r.IntN(4))] {
		m.Parents = append(m.Parents, provenance.Parent{Asset: fmt.Sprintf("%x", s.assets[p]), Relation: provenance.Merge})
	}
	if s.r.IntN(3) > 0 {
		m.Sketch = sketchOf(s.r.Uint64N(4) * 400)
	}
	for range s.r.IntN(3) {
		m.Tensors = append(m.Tensors, digest(fmt.Sprint("tensor ", s.r.IntN(40), len(m.Tensors)))[:32])
	}
	t := terms(s.r.Uint32N(5001))
	t.Commercial, t.Derivatives, t.Reciprocal = s.r.IntN(8) > 0, s.r.IntN(8) > 0, s.r.IntN(20) == 0
	if s.r.IntN(3) == 0 {
		t.Ceiling, t.Price = math.NewInt(s.r.Int64N(1<<30)), math.NewInt(s.r.Int64N(1000))
	}
	msg := &provenance.MsgRegister{Sender: account(s.who()), Manifest: encode(s.t, m), Terms: t}
	if s.r.IntN(8) == 0 {
		msg.Foreign, msg.Terms = true, provenance.FreeTerms()
	}
	if id, err := s.send(msg); err == nil {
		s.assets = append(s.assets, id)
		s.done["register"]++
		return
	}
	s.done["register refused"]++
}

func (s *sim) earn() {
	amount := math.NewIntFromUint64(s.r.Uint64N(1 << (1 + s.r.UintN(62))))
	s.taken = s.taken.Add(s.serveInt(s.content(s.served()), amount))
	s.done["serve"]++
}

func (s *sim) use() {
	paid, err := s.Provenance.ChargeUse(s.Ctx, ledgertest.Account("payer"), s.content(s.some()), math.NewInt(900))
	ledgertest.Must(s.t, err)
	s.taken = s.taken.Add(paid)
	s.done["use"]++
}

// claimAny claims for a payee of the asset, or for anything.
func (s *sim) claimAny() {
	asset, payee := s.served(), s.some()
	if v, err := s.Provenance.Vectors.Get(s.Ctx, asset); err == nil && s.r.IntN(4) > 0 {
		payee = v.Shares[s.r.IntN(len(v.Shares))].Asset
	}
	s.try("claim", &provenance.MsgClaimRoyalty{Sender: account(s.who()), Asset: asset, Payees: [][]byte{payee}})
}

func (s *sim) resolve() {
	msg := &provenance.MsgResolve{Authority: authority(), Asset: s.some(), Parent: s.some(), Confirm: s.r.IntN(2) == 0}
	it, err := s.Provenance.Standing.Iterate(s.Ctx, nil)
	ledgertest.Must(s.t, err)
	if it.Valid() {
		at, err := it.Key()
		ledgertest.Must(s.t, err)
		msg.Asset, msg.Parent = at.K1(), at.K2()
	}
	ledgertest.Must(s.t, it.Close())
	s.try(fmt.Sprint("resolve ", msg.Confirm), msg)
}

// actions are what may happen, each as often as its weight among all.
func (s *sim) actions() []action {
	return []action{
		{10, s.register},
		{1, s.family},
		{45, s.earn},
		{3, s.use},
		{15, s.claimAny},
		{12, s.suspect},
		{9, s.resolve},
		{3, s.transfer},
		{2, s.ban},
		{15, s.advance},
		{1, s.createPool},
		{6, s.contribute},
		{6, s.judge},
		{2, s.withdraw},
		{1, s.openEpoch},
		{4, s.claimPool},
		{4, s.grant},
		{3, s.endGrant},
	}
}

type action struct {
	weight int
	do     func()
}

func (s *sim) step() {
	actions, total := s.actions(), 0
	for _, a := range actions {
		total += a.weight
	}
	at := s.r.IntN(total)
	for _, a := range actions {
		if at -= a.weight; at < 0 {
			a.do()
			return
		}
	}
}

// family enters two that ask for the whole half, and a child that declares one of them: who is confirmed leaves the other nothing.
func (s *sim) family() {
	if len(s.assets) >= simAssets {
		return
	}
	name := fmt.Sprint("family ", len(s.assets), " ", s.r.Uint32())
	one := s.register5000(name+" one", 1)
	two := s.register5000(name+" two", 2)
	s.advance()
	s.kin = append(s.kin, [3][]byte{s.register5000(name+" child", 3, one), one, two})
	s.done["family"]++
}

func (s *sim) register5000(name string, seed uint64, parents ...[]byte) []byte {
	id := s.world.register(s.who(), sketched(name, seed, parents...), terms(provenance.ShareMax))
	s.assets = append(s.assets, id)
	return id
}

// suspect points at a parent in a family, or at anything.
func (s *sim) suspect() {
	msg := &provenance.MsgSuspect{Sender: account(s.who()), Asset: s.some(), Parent: s.some()}
	if len(s.kin) > 0 && s.r.IntN(4) > 0 {
		kin := s.kin[s.r.IntN(len(s.kin))]
		msg.Asset, msg.Parent = kin[0], kin[1+s.r.IntN(2)]
	}
	s.try("suspect", msg)
}

func (s *sim) transfer() {
	s.try("transfer", &provenance.MsgTransfer{Owner: account(s.who()), Asset: s.some(), To: account(s.who())})
}

func (s *sim) ban() {
	heir := ""
	if s.r.IntN(3) > 0 {
		heir = account(s.who())
	}
	s.try("ban", &provenance.MsgBan{Authority: authority(), Asset: s.some(), Heir: heir})
}

func (s *sim) advance() {
	s.Advance(1+s.r.Int64N(4), time.Duration(s.r.IntN(400))*time.Second)
	s.Schedule.EndBlock(s.Ctx)
}

// check holds every invariant, and that what was taken is in the account or was paid.
func (s *sim) check(step int) {
	s.t.Helper()
	if err := s.Invariants(); err != nil {
		s.t.Fatalf("step %d: %v", step, err)
	}
	have := s.Balance(s.Accounts.GetModuleAddress(provenance.ModuleName)).Add(s.Balance(s.Accounts.GetModuleAddress("fee_collector")))
	for p := range simPeople {
		have = have.Add(s.Balance(ledgertest.Account(fmt.Sprint("person ", p))))
	}
	if !have.Equal(s.taken) {
		s.t.Fatalf("step %d: %s was taken, %s is there", step, s.taken, have)
	}
}

// TestSimulation: after whatever happens, what was taken lies in the account or was paid, to the unit, and every invariant holds.
func TestSimulation(t *testing.T) {
	seed, steps := uint64(time.Now().UnixNano())%1_000_000, 1_500
	for name, to := range map[string]func(n uint64){"SEED": func(n uint64) { seed = n }, "STEPS": func(n uint64) { steps = int(n) }} {
		if text := os.Getenv(name); text != "" {
			n, err := strconv.ParseUint(text, 10, 64)
			ledgertest.Must(t, err)
			to(n)
		}
	}
	t.Logf("SEED=%d STEPS=%d", seed, steps)
	s := &sim{world: start(t), r: rand.New(rand.NewPCG(seed, 0)), taken: math.ZeroInt(), done: map[string]int{}}
	s.Fund(t, ledgertest.Account("payer"), 1<<40)
	s.register()
	s.createPool()
	every := max(10, steps/500) // a long run looks as often, at a state that is bounded
	for i := range steps {
		s.step()
		if i%every == every-1 {
			s.check(i)
		}
		if i%(50*every) == 50*every-1 {
			s.CheckReload(t)
		}
	}
	s.check(steps)
	for _, what := range slices.Sorted(maps.Keys(s.done)) {
		t.Logf("%8d %s", s.done[what], what)
	}
}
