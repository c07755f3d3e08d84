package machine

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"ayni.example/artifact"
	"ayni.example/provenance/vault"
	"ayni.example/web/operator"
)

// VaultErase implements operator.Operator.
func (m *Machine) VaultErase(ctx context.Context, word string) (operator.VaultErasure, error) {
	object := word
	if o, err := m.data.vault.Find(word); err == nil {
		object = o.ID
	} else if !errors.Is(err, vault.ErrErased) {
		return operator.VaultErasure{}, vaultAdvice(err)
	}
	e, err := m.data.owner.Erase(ctx, object)
	if err != nil {
		return operator.VaultErasure{}, vaultAdvice(err)
	}
	return m.erasure(ctx, e)
}

// VaultErasures implements operator.Operator.
func (m *Machine) VaultErasures(ctx context.Context) ([]operator.VaultErasure, error) {
	list, err := m.data.vault.Erasures()
	out := []operator.VaultErasure{}
	for _, e := range list {
		one, err := m.erasure(ctx, e)
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, err
}

func (m *Machine) erasure(ctx context.Context, e vault.Erasure) (operator.VaultErasure, error) {
	out := operator.VaultErasure{
		Object: e.Object, Begun: time.Unix(e.Begun, 0).UTC(), Here: e.Here, Ledger: e.Ledger, Done: e.Done, Grants: e.Grants,
		Replicas: []operator.VaultReplica{}, Descendants: []string{}, Stale: e.Stale, Left: e.Left,
	}
	for _, r := range e.Replicas {
		out.Replicas = append(out.Replicas, operator.VaultReplica{
			Holder: r.Holder, Digest: artifact.Prefix + r.Digest, Reply: string(r.Reply), Why: r.Why, Receipt: json.RawMessage(r.Receipt), Next: unixOr(r.Next),
		})
	}
	var err error
	out.Descendants, err = m.madeOf(ctx, e.Asset, e.Uses)
	return out, err
}

// unixOr is a time; the zero one for 0.
func unixOr(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}
