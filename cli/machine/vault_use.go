package machine

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"

	"ayni.example/provenance/pool/desk"
	"ayni.example/provenance/vault"
	"ayni.example/web/operator"
	"ayni.example/x/provenance"
)

// descendantsMost bounds the list of what was made from an asset.
const descendantsMost = 1000

// usedBy notes that objects of the vault went into a pool: what has an item with the same bytes, without anybody saying so.
func (m *Machine) usedBy(ctx context.Context, p provenance.Pool, t desk.Ticket, data []byte) error {
	objects, err := m.data.vault.Containing(ctx, data)
	if err != nil {
		return fmt.Errorf("look whether the file is in the vault: %w", err)
	}
	id, err := hex.DecodeString(t.Contribution)
	if err != nil || len(objects) == 0 {
		return err
	}
	c, err := m.ledger.Contribution(ctx, id)
	if err != nil {
		return err
	}
	use := vault.Use{Asset: hex.EncodeToString(p.Asset), Contribution: t.Contribution, Height: c.Height}
	for _, o := range objects {
		if _, err := m.data.vault.Used(ctx, o.ID, use); err != nil {
			return err
		}
	}
	return nil
}

// VaultTie implements operator.Vaulting. An asset of this account's that is no pool is the object itself, and is marked when that is erased.
func (m *Machine) VaultTie(ctx context.Context, req operator.VaultTieRequest) (operator.VaultTied, error) {
	o, err := m.data.vault.Find(req.Object)
	if err != nil {
		return operator.VaultTied{}, vaultAdvice(err)
	}
	a, err := m.findAsset(ctx, req.Asset)
	if err != nil {
		return operator.VaultTied{}, err
	}
	id := hex.EncodeToString(a.ID)
	if a.Kind == string(provenance.KindDataset) && a.Owner == m.address {
		o, err = m.data.vault.Is(ctx, o.ID, id)
	} else {
		o, err = m.data.vault.Used(ctx, o.ID, vault.Use{Asset: id, Height: a.Height})
	}
	if err != nil {
		return operator.VaultTied{}, vaultAdvice(err)
	}
	out := operator.VaultTied{Object: o.ID, Asset: id, Name: a.Name}
	out.Descendants, err = m.madeOf(ctx, o.Asset, o.Uses)
	return out, err
}

// madeOf are the assets that may contain an object: what was made of the asset that it is, and since it went there of where it went.
func (m *Machine) madeOf(ctx context.Context, asset string, uses []vault.Use) ([]string, error) {
	var queue []vault.Use
	if asset != "" {
		queue = append(queue, vault.Use{Asset: asset})
	}
	queue = append(queue, uses...)
	seen, found := map[string]bool{}, []string{}
	for ; len(queue) > 0 && len(found) < descendantsMost; queue = queue[1:] {
		id, err := hex.DecodeString(queue[0].Asset)
		if err != nil {
			return found, err
		}
		children, err := m.ledger.Children(ctx, id)
		if err != nil {
			return found, err
		}
		for _, e := range children {
			child := hex.EncodeToString(e.Asset)
			a, err := m.ledger.Asset(ctx, e.Asset)
			if err != nil {
				return found, err
			}
			if seen[child] || a.Height < queue[0].Height {
				continue
			}
			seen[child] = true
			queue, found = append(queue, vault.Use{Asset: child}), append(found, child)
		}
	}
	return found, nil
}

// Withdraw implements share.Book. The ticket has the salt of the commitment and the digest of the file: both go, whatever the ledger says.
func (b vaultBook) Withdraw(ctx context.Context, contribution string) error {
	id, err := hex.DecodeString(contribution)
	if err != nil {
		return err
	}
	c, err := b.m.ledger.Contribution(ctx, id)
	if err != nil {
		return err
	}
	if c.Owner == b.m.address && (c.State == provenance.ContributionWaits || c.State == provenance.ContributionAccepted) {
		if err := b.m.ledger.Submit(ctx, &provenance.MsgWithdraw{Contributor: b.m.address, Contribution: id}); err != nil {
			return err
		}
	}
	pool := hex.EncodeToString(c.Pool)
	var errs []error
	for of, t := range b.m.tickets(pool) {
		if of == contribution {
			errs = append(errs, vault.Wipe(b.m.ticketFile(pool, t.Digest)))
		}
	}
	return errors.Join(errs...)
}
