package machine

import (
	"context"
	"encoding/hex"
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
		Replicas: []operator.VaultReplica{}, Descendants: []string{}, Stale: e.Stale,
	}
	for _, r := range e.Replicas {
		out.Replicas = append(out.Replicas, operator.VaultReplica{
			Holder: r.Holder, Digest: artifact.Prefix + r.Digest, Reply: string(r.Reply), Why: r.Why, Receipt: json.RawMessage(r.Receipt),
		})
	}
	if e.Asset == "" {
		return out, nil
	}
	var err error
	out.Descendants, err = m.descendants(ctx, e.Asset)
	return out, err
}

// descendantsMost bounds the list of what was made from an asset.
const descendantsMost = 1000

// descendants are the assets that were made from one, whatever lies between.
func (m *Machine) descendants(ctx context.Context, asset string) ([]string, error) {
	seen, queue, found := map[string]bool{asset: true}, []string{asset}, []string{}
	for len(queue) > 0 && len(found) < descendantsMost {
		children, err := m.children(ctx, queue[0])
		if err != nil {
			return found, err
		}
		queue = queue[1:]
		for _, c := range children {
			if !seen[c] {
				seen[c] = true
				queue, found = append(queue, c), append(found, c)
			}
		}
	}
	return found, nil
}

// children are what was made from an asset at once.
func (m *Machine) children(ctx context.Context, asset string) ([]string, error) {
	id, err := hex.DecodeString(asset)
	if err != nil {
		return nil, err
	}
	edges, err := m.ledger.Children(ctx, id)
	list := make([]string, 0, len(edges))
	for _, e := range edges {
		list = append(list, hex.EncodeToString(e.Asset))
	}
	return list, err
}
