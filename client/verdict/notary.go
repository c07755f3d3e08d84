package verdict

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"ayni.example/client/proof"
	"ayni.example/receipt"
	"ayni.example/x/credit"
	"ayni.example/x/inference"
	"ayni.example/x/provider"
)

// gather bounds the wait for a block that commits to what is proven; an idle ledger makes one a minute.
const gather = 2 * time.Second

// Collector proves entries of the state; proof.Collector does.
type Collector interface {
	Collect(ctx context.Context, height int64, keys ...proof.Key) (proof.Bundle, error)
}

// Store keeps receipts and the proofs that were gathered; credit.Store does.
type Store interface {
	Chain(ctx context.Context, id receipt.ID, head receipt.Digest) ([]receipt.Digest, error)
	Proof(ctx context.Context, id receipt.ID, kind string) (json.RawMessage, error)
	SaveProof(ctx context.Context, id receipt.ID, kind string, bundle json.RawMessage) error
}

// Notary gathers what the ledger proves of a receipt.
type Notary struct {
	Collector Collector
	Store     Store
	Trust     proof.Trust
	Latest    func() int64 // height of the ledger now; a claim in its very last block is waited for
}

// Gather adds to a file what the ledger proves now, or proved when it was asked before. What it cannot prove yet is left out:
// that is no error.
func (n *Notary) Gather(ctx context.Context, file receipt.File) (receipt.File, error) {
	r := file.Receipt
	address, digest, err := parties(r)
	if err != nil {
		return file, err
	}
	var proofs receipt.Proofs
	keys := []proof.Key{{Store: provider.StoreKey, Key: provider.EntryKey(address)}}
	if !r.Channel.IsZero() {
		keys = append(keys, proof.Key{Store: inference.StoreKey, Key: inference.OfferKey(address, digest)})
	}
	if proofs.Registered, err = n.registered(ctx, r, keys); err != nil {
		return file, err
	}
	if !r.Channel.IsZero() {
		if proofs.Settled, file.Chain, err = n.settled(ctx, r); err != nil {
			return file, err
		}
	}
	if len(proofs.Registered) > 0 || len(proofs.Settled) > 0 {
		file.Proofs = &proofs
	}
	return file, nil
}

// registered is the first proof that held; it is kept, since the price may change later.
func (n *Notary) registered(ctx context.Context, r receipt.Receipt, keys []proof.Key) (json.RawMessage, error) {
	if kept, err := n.Store.Proof(ctx, r.ID, Registered); err == nil {
		return kept, nil
	}
	raw, err := n.collect(ctx, 0, keys)
	if err == nil && raw == nil {
		raw, err = n.collect(ctx, n.Latest(), keys)
	}
	if err != nil || raw == nil {
		return nil, err
	}
	var scratch Verdict
	if err := checkRegistered(r, raw, n.Trust, &scratch); err != nil {
		return nil, nil //nolint:nilerr // the ledger says otherwise by now: there is no proof to give
	}
	return raw, n.Store.SaveProof(ctx, r.ID, Registered, raw)
}

// settled is the lane as claimed, with the digests that lead from the receipt to its head.
func (n *Notary) settled(ctx context.Context, r receipt.Receipt) (json.RawMessage, []receipt.Digest, error) {
	raw, err := n.Store.Proof(ctx, r.ID, Settled)
	if err == nil {
		return n.leading(ctx, r, raw)
	}
	keys := []proof.Key{
		{Store: credit.StoreKey, Key: credit.ChannelKey(r.Channel[:])}, {Store: credit.StoreKey, Key: credit.LaneKey(r.Channel[:], r.Lane)},
	}
	for _, height := range []int64{0, n.Latest()} {
		if raw, err = n.collect(ctx, height, keys); err != nil || raw == nil {
			continue
		}
		raw, chain, err := n.leading(ctx, r, raw)
		if err != nil {
			return nil, nil, err
		}
		if raw != nil {
			return raw, chain, n.Store.SaveProof(ctx, r.ID, Settled, raw)
		}
	}
	return nil, nil, err
}

// leading is a proven lane with the digests that lead to its head, or nothing when the claim ends before the receipt.
func (n *Notary) leading(ctx context.Context, r receipt.Receipt, raw json.RawMessage) (json.RawMessage, []receipt.Digest, error) {
	verified, err := follow(raw, n.Trust, r.ChainID)
	if err != nil {
		return nil, nil, err
	}
	var lane credit.Lane
	if err := value(verified, credit.StoreKey, credit.LaneKey(r.Channel[:], r.Lane), &lane); err != nil {
		return nil, nil, err
	}
	var head receipt.Digest
	copy(head[:], lane.Head)
	chain, err := n.Store.Chain(ctx, r.ID, head)
	if errors.Is(err, receipt.ErrChain) {
		return nil, nil, nil // claimed up to an earlier receipt
	}
	if err != nil {
		return nil, nil, fmt.Errorf("lead receipt %s to its claim: %w", r.ID, err)
	}
	return raw, chain, nil
}

// collect is nil without error when the ledger does not hold the entries at a height or later, or no block commits to them in
// time.
func (n *Notary) collect(ctx context.Context, height int64, keys []proof.Key) (json.RawMessage, error) {
	ctx, cancel := context.WithTimeout(ctx, gather)
	defer cancel()
	bundle, err := n.Collector.Collect(ctx, height, keys...)
	switch {
	case errors.Is(err, proof.ErrAbsent), errors.Is(err, context.DeadlineExceeded):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return bundle.Encode()
}
