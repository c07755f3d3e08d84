package keeper

import (
	"context"
	"crypto/sha256"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"ayni.example/x/credit"
	"ayni.example/x/referee"
)

// InitGenesis loads a state that has been validated; bonds and fees must already lie in the module's account, and what is due stands
// in the schedule's genesis.
func (k *Keeper) InitGenesis(ctx context.Context, g *referee.GenesisState) error {
	if err := k.Params.Set(ctx, g.Params); err != nil {
		return err
	}
	for _, j := range g.Jobs {
		digest := sha256.Sum256(j.Encoded)
		if err := k.Jobs.Set(ctx, digest[:], j); err != nil {
			return err
		}
	}
	for _, c := range g.Claims {
		if err := k.checkAccounts(c); err != nil {
			return err
		}
		if err := k.store(ctx, c); err != nil {
			return err
		}
	}
	for _, d := range g.Disputes {
		if _, err := k.canonical("challenger", d.Challenger); err != nil {
			return err
		}
		if err := k.Disputes.Set(ctx, d.Claim, d); err != nil {
			return err
		}
	}
	for _, a := range g.Auditors {
		addr, err := k.canonical("auditor", a.Address)
		if err != nil {
			return err
		}
		if err := k.Auditors.Set(ctx, addr, a); err != nil {
			return err
		}
	}
	roles, err := k.roles(g)
	if err != nil {
		return err
	}
	for _, r := range roles {
		if err := k.Roles.Set(ctx, r); err != nil {
			return err
		}
	}
	if locked, held := locked(g), k.held(ctx); held.LT(locked) {
		return referee.ErrInvariant.Wrapf("bonds and fees are %s, the account holds only %s", locked, held)
	}
	return nil
}

// ExportGenesis writes the whole state out, in the order of its keys.
func (k *Keeper) ExportGenesis(ctx context.Context) (*referee.GenesisState, error) {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	g := &referee.GenesisState{Params: params}
	if g.Jobs, err = all(ctx, k.Jobs); err != nil {
		return nil, err
	}
	if g.Claims, err = all(ctx, k.Claims); err != nil {
		return nil, err
	}
	if g.Disputes, err = all(ctx, k.Disputes); err != nil {
		return nil, err
	}
	g.Auditors, err = all(ctx, k.Auditors)
	return g, err
}

func all[V any](ctx context.Context, m collections.Map[[]byte, V]) (list []V, err error) {
	return list, m.Walk(ctx, nil, func(_ []byte, v V) (bool, error) {
		list = append(list, v)
		return false, nil
	})
}

// roles are those that follow from claims and disputes.
func (k *Keeper) roles(g *referee.GenesisState) ([]part, error) {
	var list []part
	add := func(account string, role referee.Role, id []byte) error {
		addr, _, err := k.address("account", account)
		list = append(list, collections.Join3(addr, uint32(role), id))
		return err
	}
	for _, c := range g.Claims {
		id := c.ID()
		if err := add(c.Defender, referee.RoleDefender, id); err != nil {
			return nil, err
		}
		if c.Audit.Stage == referee.AuditDrawn {
			if err := add(c.Audit.Auditor, referee.RoleAuditor, id); err != nil {
				return nil, err
			}
		}
		for _, w := range c.Waiting {
			if err := add(w.Challenger, referee.RoleChallenger, id); err != nil {
				return nil, err
			}
		}
	}
	for _, d := range g.Disputes {
		if err := add(d.Challenger, referee.RoleChallenger, d.Claim); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (k *Keeper) checkAccounts(c referee.Claim) error {
	accounts := append([]string{c.Defender, c.Payer}, c.Audit.Tried...)
	if c.Audit.Auditor != "" {
		accounts = append(accounts, c.Audit.Auditor)
	}
	for _, q := range c.Questions {
		accounts = append(accounts, q.Asker)
	}
	for _, w := range c.Waiting {
		accounts = append(accounts, w.Challenger)
	}
	for _, a := range accounts {
		if _, err := k.canonical("account", a); err != nil {
			return err
		}
	}
	return nil
}

// locked is what bonds and fees sum to.
func locked(g *referee.GenesisState) math.Int {
	sum := math.ZeroInt()
	for _, a := range g.Auditors {
		sum = sum.Add(a.Bond)
	}
	for _, d := range g.Disputes {
		sum = sum.Add(d.Bond)
	}
	for _, c := range g.Claims {
		sum = sum.Add(c.Fee)
		for _, w := range c.Waiting {
			sum = sum.Add(w.Bond)
		}
		for _, q := range c.Questions {
			sum = sum.Add(q.Fee)
		}
	}
	return sum
}

// held is what the module's account has at the bank.
func (k *Keeper) held(ctx context.Context) math.Int {
	return k.bank.GetBalance(ctx, authtypes.NewModuleAddress(referee.ModuleName), credit.Denom).Amount
}

// canonical reads an address and refuses any other text form, under which the same account would count as another.
func (k *Keeper) canonical(role, text string) ([]byte, error) {
	addr, canonical, err := k.address(role, text)
	if err != nil {
		return nil, err
	}
	if text != canonical {
		return nil, referee.ErrInvalid.Wrapf("%s %s is written %s here", role, text, canonical)
	}
	return addr, nil
}
