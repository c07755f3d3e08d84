package keeper

import (
	"bytes"
	"context"
	"slices"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	"ayni.example/x/credit"
	"ayni.example/x/provenance"
)

// till pays out what one asset earned.
type till struct {
	*Keeper
	asset  provenance.Asset
	income provenance.Income
	vector provenance.Vector
}

func (k *Keeper) till(ctx context.Context, asset []byte) (*till, error) {
	a, err := k.Asset(ctx, asset)
	if err != nil {
		return nil, err
	}
	income, err := k.Incomes.Get(ctx, asset)
	if err != nil {
		return nil, found(err, "income of asset", asset)
	}
	v, err := k.vector(ctx, asset)
	return &till{Keeper: k, asset: a, income: income, vector: v}, err
}

// Claim pays what an asset's income owes to payees, and returns the sum.
func (k *Keeper) Claim(ctx context.Context, msg *provenance.MsgClaimRoyalty) (math.Int, error) {
	if _, _, err := k.address("sender", msg.Sender); err != nil {
		return math.Int{}, err
	}
	if a, err := k.Asset(ctx, msg.Asset); err != nil {
		return math.Int{}, err
	} else if provenance.Kind(a.Kind) == provenance.KindPool && !bytes.Equal(msg.Payees[0], a.ID) {
		return k.claimPool(ctx, a, msg.Payees)
	}
	t, err := k.till(ctx, msg.Asset)
	if err != nil {
		return math.Int{}, err
	}
	sum, own := math.ZeroInt(), false
	for _, payee := range msg.Payees {
		if bytes.Equal(payee, t.asset.ID) {
			own = true
			continue
		}
		paid, err := t.pay(ctx, payee, math.OneInt())
		if err != nil {
			return math.Int{}, err
		}
		sum = sum.Add(paid)
	}
	if own {
		paid, err := t.payRest(ctx, math.OneInt())
		if err != nil {
			return math.Int{}, err
		}
		sum = sum.Add(paid)
	}
	return sum, nil
}

// pay pays one payee, if that is least at least.
func (t *till) pay(ctx context.Context, payee []byte, least math.Int) (math.Int, error) {
	zero := math.ZeroInt()
	share, known := t.share(payee)
	if !known {
		there, err := t.Accounts.Has(ctx, collections.Join(t.asset.ID, payee))
		if err != nil {
			return zero, err
		}
		if !there {
			return zero, provenance.ErrNotFound.Wrapf("%x has no share in asset %x", payee, t.asset.ID)
		}
	}
	a, err := t.Asset(ctx, payee)
	if err != nil {
		return zero, err
	}
	account, err := t.counted(ctx, t.income, share)
	if err != nil || share.Held || a.Banned || account.Owed.LT(least) {
		return zero, err
	}
	amount := account.Owed
	account.Owed = zero
	if err := t.setAccount(ctx, account); err != nil {
		return zero, err
	}
	return amount, t.send(ctx, a, amount)
}

// payRest pays the owner what was taken and is nobody else's.
func (t *till) payRest(ctx context.Context, least math.Int) (math.Int, error) {
	zero := math.ZeroInt()
	counted, err := t.countedAll(ctx)
	if err != nil {
		return zero, err
	}
	left := t.income.Due(counted, t.vector.Shares)
	if left.LT(least) || t.asset.Banned {
		return zero, nil
	}
	t.income.Rest = t.income.Rest.Add(left)
	t.income.Queued = false // should a sweep have been dropped, the next income schedules another
	if err := t.Incomes.Set(ctx, t.asset.ID, t.income); err != nil {
		return zero, err
	}
	return left, t.send(ctx, t.asset, left)
}

// countedAll is what all payees have, paid or not.
func (t *till) countedAll(ctx context.Context) (math.Int, error) {
	accounts, err := t.accounts(ctx)
	if err != nil {
		return math.Int{}, err
	}
	counted := math.ZeroInt()
	for _, a := range accounts {
		counted = counted.Add(a.Total)
	}
	return counted, nil
}

// accounts are those of all payees, brought up to date and not stored.
func (t *till) accounts(ctx context.Context) ([]provenance.Account, error) {
	payees, err := t.payees(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]provenance.Account, 0, len(payees))
	for _, payee := range payees {
		share, _ := t.share(payee)
		account, err := t.counted(ctx, t.income, share)
		if err != nil {
			return nil, err
		}
		list = append(list, account)
	}
	return list, nil
}

// payees are all that have a share or had one, by id.
func (t *till) payees(ctx context.Context) ([][]byte, error) {
	var list [][]byte
	for _, s := range t.vector.Shares {
		list = append(list, s.Asset)
	}
	err := t.Accounts.Walk(ctx, collections.NewPrefixedPairRange[[]byte, []byte](t.asset.ID), func(at pair, _ provenance.Account) (bool, error) {
		list = append(list, at.K2())
		return false, nil
	})
	slices.SortFunc(list, bytes.Compare)
	return slices.CompactFunc(list, bytes.Equal), err
}

// share is a payee's in the vector; of one that has none any more, zero.
func (t *till) share(payee []byte) (provenance.Share, bool) {
	at, known := slices.BinarySearchFunc(t.vector.Shares, payee, func(s provenance.Share, id []byte) int { return bytes.Compare(s.Asset, id) })
	if !known {
		return provenance.Share{Asset: payee}, false
	}
	return t.vector.Shares[at], true
}

// counted is a payee's account, brought up to date.
func (k *Keeper) counted(ctx context.Context, income provenance.Income, s provenance.Share) (provenance.Account, error) {
	account, err := k.Accounts.Get(ctx, collections.Join(income.Asset, s.Asset))
	if account, err = or(account, err, provenance.NewAccount(income.Asset, s.Asset)); err != nil {
		return account, err
	}
	payee, err := k.Asset(ctx, s.Asset)
	if err != nil {
		return account, err
	}
	account.Count(income, s.PPM, payee.Terms.Ceiling)
	return account, nil
}

func (k *Keeper) setAccount(ctx context.Context, a provenance.Account) error {
	if err := k.Accounts.Set(ctx, collections.Join(a.Asset, a.Payee), a); err != nil {
		return err
	}
	return k.Sources.Set(ctx, collections.Join(a.Payee, a.Asset))
}

// send notes what is paid for an asset, and pays it.
func (t *till) send(ctx context.Context, payee provenance.Asset, amount math.Int) error {
	if !amount.IsPositive() {
		return nil
	}
	r, err := t.Receipts.Get(ctx, payee.ID)
	if r, err = or(r, err, provenance.Receipts{Asset: payee.ID, Amount: math.ZeroInt()}); err != nil {
		return err
	}
	r.Amount = r.Amount.Add(amount)
	if err := t.Receipts.Set(ctx, payee.ID, r); err != nil {
		return err
	}
	if err := t.receive(ctx, payee, amount); err != nil {
		return err
	}
	return emit(ctx, &provenance.EventPaid{Asset: t.asset.ID, Payee: payee.ID, To: payee.Owner, Amount: amount})
}

// receive pays the owner of an asset; a pool's contributors share instead, and what comes to nobody goes to those who keep the ledger.
func (k *Keeper) receive(ctx context.Context, payee provenance.Asset, amount math.Int) error {
	switch {
	case provenance.Kind(payee.Kind) == provenance.KindPool:
		return k.poolEarns(ctx, payee.ID, amount)
	case payee.Owner == "":
		return k.bank.SendCoinsFromModuleToModule(ctx, provenance.ModuleName, k.fees, credit.Coins(amount))
	}
	owner, _, err := k.address("owner", payee.Owner)
	if err != nil {
		return err
	}
	return k.bank.SendCoinsFromModuleToAccount(ctx, provenance.ModuleName, owner, credit.Coins(amount))
}
