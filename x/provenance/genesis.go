package provenance

import (
	"bytes"

	"cosmossdk.io/math"

	"ayni.example/provenance/descent/sketch"
	"ayni.example/x/credit"
)

// DefaultGenesis is the state of a new ledger: no asset.
func DefaultGenesis() *GenesisState { return &GenesisState{Params: DefaultParams()} }

// book is what a genesis says of assets, by id.
type book struct {
	assets   map[string]Asset
	edges    map[string]map[string]Edge
	vectors  map[string]Vector
	incomes  map[string]Income
	accounts map[string]map[string]Account
}

// Validate checks the genesis without any state: each entry for itself, and that what belongs together is there.
func (g *GenesisState) Validate() error {
	if err := g.Params.Validate(); err != nil {
		return err
	}
	b := book{
		assets: map[string]Asset{}, edges: map[string]map[string]Edge{}, vectors: map[string]Vector{}, incomes: map[string]Income{},
		accounts: map[string]map[string]Account{},
	}
	for _, check := range []func(*GenesisState) error{b.readAssets, b.readEdges, b.readSuspicions, b.readVectors, b.readMoney, b.readMarks, b.readPools, readGrants} {
		if err := check(g); err != nil {
			return err
		}
	}
	return nil
}

func (b book) readAssets(g *GenesisState) error {
	contents := map[string]bool{}
	for _, a := range g.Assets {
		if err := a.Validate(); err != nil {
			return err
		}
		if _, twice := b.assets[string(a.ID)]; twice || len(a.Content) > 0 && contents[string(a.Content)] {
			return ErrExists.Wrapf("asset %x or its content", a.ID)
		}
		b.assets[string(a.ID)], contents[string(a.Content)] = a, true
	}
	return nil
}

// Validate checks an asset without any state.
func (a Asset) Validate() error {
	if err := checkID("asset", a.ID); err != nil {
		return err
	}
	if len(a.Content) > 0 { // none, where it was reclaimed
		if err := checkID("content", a.Content); err != nil {
			return err
		}
	}
	if err := a.Terms.Validate(); err != nil {
		return err
	}
	switch {
	case !Kind(a.Kind).Known() || a.Name == "" || len(a.Name) > nameMax:
		return ErrInvalid.Wrapf("asset %x is a %q named %q", a.ID, a.Kind, a.Name)
	case a.Owner == "" && a.Terms.Share > 0:
		return ErrInvalid.Wrapf("asset %x has a share and no owner", a.ID)
	case a.Height < 0 || a.Time < 0:
		return ErrInvalid.Wrapf("asset %x was made at height %d and time %d", a.ID, a.Height, a.Time)
	case len(a.Order) != 0 && len(a.Order) != OrderSize || len(a.Order) == 0 && len(a.Result) != 0 || len(a.Order) != 0 && len(a.Result) != digestSize:
		return ErrInvalid.Wrapf("asset %x is the result of order %x, state %x", a.ID, a.Order, a.Result)
	}
	return nil
}

// readEdges also finds that no asset is its own ancestor, which the ids make impossible and a forged genesis does not.
func (b book) readEdges(g *GenesisState) error {
	for _, e := range g.Edges {
		if err := checkPair(e.Asset, e.Parent); err != nil {
			return err
		}
		_, child := b.assets[string(e.Asset)]
		_, parent := b.assets[string(e.Parent)]
		known := Relation(e.Relation).Known() || Relation(e.Relation) == Found
		if !child || !parent || !known || e.Evidence < EvidenceClaimed || e.Evidence > EvidenceVerified {
			return ErrInvalid.Wrapf("edge from %x to %x", e.Asset, e.Parent)
		}
		of := b.edges[string(e.Asset)]
		if of == nil {
			of = map[string]Edge{}
			b.edges[string(e.Asset)] = of
		}
		if _, twice := of[string(e.Parent)]; twice || len(of) >= ParentsMax+foundMax {
			return ErrExists.Wrapf("edge from %x to %x, or too many", e.Asset, e.Parent)
		}
		of[string(e.Parent)] = e
	}
	return b.acyclic(g.Assets)
}

// acyclic takes assets away whose parents are all away, until nothing is left.
func (b book) acyclic(assets []Asset) error {
	waits, children := map[string]int{}, map[string][]string{}
	var free []string
	for _, a := range assets {
		id := string(a.ID)
		for parent := range b.edges[id] {
			waits[id]++
			children[parent] = append(children[parent], id)
		}
		if waits[id] == 0 {
			free = append(free, id)
		}
	}
	gone := 0
	for ; len(free) > 0; gone++ {
		id := free[len(free)-1]
		free = free[:len(free)-1]
		for _, child := range children[id] {
			if waits[child]--; waits[child] == 0 {
				free = append(free, child)
			}
		}
	}
	if gone != len(assets) {
		return ErrInvariant.Wrapf("%d assets are their own ancestors", len(assets)-gone)
	}
	return nil
}

func (b book) readSuspicions(g *GenesisState) error {
	seen := map[[2]string]bool{}
	for _, s := range g.Suspicions {
		if err := checkPair(s.Asset, s.Parent); err != nil {
			return err
		}
		name := [2]string{string(s.Asset), string(s.Parent)}
		_, child := b.assets[name[0]]
		_, parent := b.assets[name[1]]
		if seen[name] || !child || !parent || s.State < SuspectedStands || s.State > SuspectedDismissed {
			return ErrInvalid.Wrapf("suspicion that %x is of %x", s.Asset, s.Parent)
		}
		seen[name] = true
	}
	return nil
}

func (b book) readVectors(g *GenesisState) error {
	for _, v := range g.Vectors {
		if err := v.Validate(); err != nil {
			return err
		}
		if _, twice := b.vectors[string(v.Asset)]; twice || b.assets[string(v.Asset)].ID == nil {
			return ErrInvalid.Wrapf("vector of %x", v.Asset)
		}
		for _, s := range v.Shares {
			if a, there := b.assets[string(s.Asset)]; !there || a.Owner == "" {
				return ErrInvalid.Wrapf("vector of %x pays %x", v.Asset, s.Asset)
			}
		}
		b.vectors[string(v.Asset)] = v
	}
	return nil
}

// Validate checks that a vector is within its caps and in order.
func (v Vector) Validate() error {
	regular, held, sum, set := 0, 0, uint64(0), uint64(0)
	for i, s := range v.Shares {
		if s.PPM == 0 || len(s.Asset) != IDSize || bytes.Equal(s.Asset, v.Asset) || i > 0 && bytes.Compare(v.Shares[i-1].Asset, s.Asset) >= 0 {
			return ErrInvalid.Wrapf("share %d of %x", i, v.Asset)
		}
		if s.Held {
			held++
			set += uint64(s.PPM)
			continue
		}
		regular++
		sum += uint64(s.PPM)
	}
	if regular > PayeesMax || held > foundMax || sum > UpstreamMax || set > UpstreamMax {
		return ErrInvalid.Wrapf("vector of %x has %d payees for %d, %d held for %d", v.Asset, regular, sum, held, set)
	}
	return nil
}

func (b book) readMoney(g *GenesisState) error {
	for _, i := range g.Incomes {
		for _, amount := range []math.Int{i.Earned, i.Taken, i.Base, i.Served, i.ServedTaken, i.Rest} {
			if amount.IsNil() || amount.IsNegative() || amount.BigIntMut().BitLen() > earnedBits {
				return ErrInvalid.Wrapf("income of %x", i.Asset)
			}
		}
		a, there := b.assets[string(i.Asset)]
		if _, twice := b.incomes[string(i.Asset)]; !there || twice {
			return ErrInvalid.Wrapf("income of %x", i.Asset)
		}
		if want := Serving(b.vectors[string(i.Asset)].Shares, a.Terms.PPM()); i.Serving != want || i.Taken.GT(i.Earned) || i.Base.GT(i.Earned) ||
			!i.ServedTaken.Equal(part(i.Served, i.Serving)) {
			return ErrInvalid.Wrapf("income of %x takes %d of a million, its vector %d", i.Asset, i.Serving, want)
		}
		b.incomes[string(i.Asset)] = i
	}
	for _, a := range g.Accounts {
		if err := b.readAccount(a); err != nil {
			return err
		}
	}
	for _, r := range g.Receipts {
		if r.Amount.IsNil() || !r.Amount.IsPositive() || r.Amount.BigIntMut().BitLen() > 2*credit.AmountBits-1 || b.assets[string(r.Asset)].ID == nil {
			return ErrInvalid.Wrapf("receipts of %x", r.Asset)
		}
	}
	return nil
}

func (b book) readAccount(a Account) error {
	income, there := b.incomes[string(a.Asset)]
	for _, amount := range []math.Int{a.Since, a.Total, a.Owed} {
		if amount.IsNil() || amount.IsNegative() || amount.BigIntMut().BitLen() > earnedBits {
			return ErrInvalid.Wrapf("account of %x with %x", a.Payee, a.Asset)
		}
	}
	of := b.accounts[string(a.Asset)]
	if of == nil {
		of = map[string]Account{}
		b.accounts[string(a.Asset)] = of
	}
	if _, twice := of[string(a.Payee)]; !there || twice || a.Owed.GT(a.Total) || a.Epoch > income.Epoch || b.assets[string(a.Payee)].ID == nil {
		return ErrInvalid.Wrapf("account of %x with %x", a.Payee, a.Asset)
	}
	of[string(a.Payee)] = a
	return nil
}

// readMarks checks tensors, sketches and keys.
func (b book) readMarks(g *GenesisState) error {
	seen := map[string]bool{}
	for _, t := range g.Tensors {
		if len(t.Digest) != TensorSize || seen[string(t.Digest)] || b.assets[string(t.Asset)].ID == nil {
			return ErrInvalid.Wrapf("tensor %x of %x", t.Digest, t.Asset)
		}
		seen[string(t.Digest)] = true
	}
	clear(seen)
	for _, s := range g.Sketches {
		if _, err := sketch.Decode(s.Sketch); err != nil || seen[string(s.Asset)] || b.assets[string(s.Asset)].ID == nil {
			return ErrInvalid.Wrapf("sketch of %x", s.Asset)
		}
		seen[string(s.Asset)] = true
	}
	clear(seen)
	for _, k := range g.Keys {
		if len(k.PublicKey) != KeySize || k.Account == "" || seen[string(k.PublicKey)] {
			return ErrInvalid.Wrapf("key %x", k.PublicKey)
		}
		seen[string(k.PublicKey)] = true
	}
	return nil
}
