package machine

import (
	"context"
	"encoding/hex"
	"slices"
	"time"

	"cosmossdk.io/math"

	"ayni.example/internal/home"
	"ayni.example/provenance/vault"
	"ayni.example/web/operator"
	xprovenance "ayni.example/x/provenance"
)

// accessesShown bounds the accesses that are told of, newest first; the log has all.
const accessesShown = 200

// VaultUses implements operator.Vaulting.
func (m *Machine) VaultUses(ctx context.Context) (operator.VaultUses, error) {
	var out operator.VaultUses
	objects, err := m.data.vault.List()
	if err != nil {
		return out, vaultAdvice(err)
	}
	names := map[string]string{}
	for _, o := range objects {
		names[o.ID] = o.Name
		one := operator.VaultObject{ID: o.ID, Name: o.Name, Kind: o.Kind, Size: o.Size(), Added: o.When()}
		if one.Into, err = m.into(ctx, o); err != nil {
			return out, err
		}
		out.Objects = append(out.Objects, one)
	}
	if out.Accesses, err = m.accesses(names); err != nil {
		return out, vaultAdvice(err)
	}
	total := math.ZeroInt()
	if out.Income, err = m.vaultIncome(ctx, &total); err != nil {
		return out, err
	}
	out.Earned = home.FormatCredits(total)
	return out, nil
}

// into are the assets that an object is or went into, with what was made of each since.
func (m *Machine) into(ctx context.Context, o vault.Object) ([]operator.VaultInto, error) {
	uses := o.Uses
	if o.Asset != "" {
		uses = append([]vault.Use{{Asset: o.Asset}}, uses...)
	}
	var list []operator.VaultInto
	for _, u := range uses {
		a, err := m.assetNamed(ctx, u.Asset)
		if err != nil {
			return nil, err
		}
		made, err := m.madeOf(ctx, "", []vault.Use{u})
		if err != nil {
			return nil, err
		}
		list = append(list, operator.VaultInto{Asset: u.Asset, Name: a.Name, Kind: a.Kind, Contribution: u.Contribution, Made: len(made)})
	}
	return list, nil
}

// accesses are the newest entries of the log that were not erased, newest first.
func (m *Machine) accesses(names map[string]string) ([]operator.VaultAccess, error) {
	var list []operator.VaultAccess
	err := m.data.vault.Log(func(e vault.Entry) error {
		if e.Access == nil {
			return nil
		}
		a := *e.Access
		list = append(list, operator.VaultAccess{
			Time: time.Unix(e.At, 0).UTC(), Object: a.Object, Name: names[a.Object], Reader: a.Reader, Grant: a.Grant, Action: a.Action, Bytes: a.Bytes, Refused: a.Refused,
		})
		if len(list) > accessesShown {
			list = list[1:]
		}
		return nil
	})
	slices.Reverse(list)
	return list, err
}

// vaultIncome is what others' models brought to the pools in which this account has a part, and to assets of its own; total grows by what is
// this account's of it.
func (m *Machine) vaultIncome(ctx context.Context, total *math.Int) ([]operator.VaultIncome, error) {
	pools, err := m.ledger.Pools(ctx)
	if err != nil {
		return nil, err
	}
	var list []operator.VaultIncome
	for _, p := range pools {
		people, err := m.ledger.Contributors(ctx, p.Asset)
		if err != nil {
			return nil, err
		}
		at := slices.IndexFunc(people, func(c xprovenance.Contributor) bool { return c.Address == m.address })
		if at < 0 {
			continue
		}
		own := people[at]
		*total = total.Add(own.Paid).Add(own.Owed)
		brought, err := m.brought(ctx, p.Asset)
		if err != nil {
			return nil, err
		}
		for i := range brought {
			brought[i].Points, brought[i].All = own.Points.String(), p.Points.String()
		}
		list = append(list, brought...)
	}
	assets, err := m.ledger.Assets(ctx, m.address)
	if err != nil {
		return nil, err
	}
	for _, a := range assets {
		if slices.ContainsFunc(pools, func(p xprovenance.Pool) bool { return slices.Equal(p.Asset, a.ID) }) {
			continue // its income is its contributors'
		}
		income, err := m.ledger.Income(ctx, a.ID)
		if err != nil {
			return nil, err
		}
		*total = total.Add(income.Received)
		brought, err := m.brought(ctx, a.ID)
		if err != nil {
			return nil, err
		}
		list = append(list, brought...)
	}
	return list, nil
}

// brought is what each asset that was made of one brought to it, as far as the ledger has counted.
func (m *Machine) brought(ctx context.Context, to []byte) ([]operator.VaultIncome, error) {
	accounts, err := m.ledger.Sources(ctx, to)
	if err != nil {
		return nil, err
	}
	payee, err := m.ledger.Asset(ctx, to)
	if err != nil {
		return nil, err
	}
	var list []operator.VaultIncome
	for _, a := range accounts {
		from, err := m.ledger.Asset(ctx, a.Asset)
		if err != nil {
			return nil, err
		}
		list = append(list, operator.VaultIncome{
			From: hex.EncodeToString(a.Asset), FromName: from.Name, To: hex.EncodeToString(to), ToName: payee.Name, Credits: home.FormatCredits(a.Total),
		})
	}
	return list, nil
}
