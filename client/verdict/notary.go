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

const (
	// gather bounds the wait for a block that commits to what is proven; an idle ledger makes one a minute.
	gather = 2 * time.Second
	// claimSpan is how many neighbours on a lane share one proof of a claim; a later claim replaces it until it covers them all.
	claimSpan = 256
)

// Collector proves entries of the state; proof.Collector does.
type Collector interface {
	Collect(ctx context.Context, height int64, keys ...proof.Key) (proof.Bundle, error)
}

// Store keeps receipts and the proofs that were gathered; credit.Store does. A proof belongs to a subject, which many receipts share.
type Store interface {
	Place(ctx context.Context, id receipt.ID) (uint64, error)
	Chain(ctx context.Context, id receipt.ID, head receipt.Digest) ([]receipt.Digest, error)
	Proof(ctx context.Context, subject, kind string) (json.RawMessage, error)
	SaveProof(ctx context.Context, subject, kind string, bundle json.RawMessage) error
	PaidLanes(ctx context.Context, each func(channel receipt.Digest, lane uint32, receipts uint64)) error
	PaidOn(ctx context.Context, channel receipt.Digest, lane uint32, from uint64, limit int) ([]receipt.Receipt, error)
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
	keys, err := registeredKeys(r)
	if err != nil {
		return file, err
	}
	var proofs receipt.Proofs
	heights := []int64{0, n.Latest()}
	if proofs.Registered, err = n.registered(ctx, r, keys, heights); err != nil {
		return file, err
	}
	if !r.Channel.IsZero() {
		if proofs.Settled, file.Chain, err = n.settled(ctx, r, heights); err != nil {
			return file, err
		}
	}
	if len(proofs.Registered) > 0 || len(proofs.Settled) > 0 {
		file.Proofs = &proofs
	}
	return file, nil
}

// registeredKeys are the entries that show who answered and on what terms.
func registeredKeys(r receipt.Receipt) ([]proof.Key, error) {
	address, digest, err := parties(r)
	if err != nil {
		return nil, err
	}
	keys := []proof.Key{{Store: provider.StoreKey, Key: provider.EntryKey(address)}}
	if !r.Channel.IsZero() {
		keys = append(keys, proof.Key{Store: inference.StoreKey, Key: inference.OfferKey(address, digest)})
	}
	return keys, nil
}

// registered is the first proof that held; it is kept, since the price may change later, for all receipts on the same terms. The
// state is asked at each of the heights until one holds it; a height that no block commits to yet is waited for.
func (n *Notary) registered(ctx context.Context, r receipt.Receipt, keys []proof.Key, heights []int64) (json.RawMessage, error) {
	subject := terms(r)
	if kept := n.kept(ctx, Registered, subject, string(r.ID)); kept != nil {
		return kept, nil
	}
	var raw json.RawMessage
	for _, height := range heights {
		var err error
		if raw, err = n.collect(ctx, height, keys); err != nil {
			return nil, err
		}
		if raw != nil {
			break
		}
	}
	if raw == nil {
		return nil, nil
	}
	var scratch Verdict
	if err := checkRegistered(r, raw, n.Trust, &scratch); err != nil {
		return nil, nil //nolint:nilerr // the ledger says otherwise by now: there is no proof to give
	}
	return raw, n.Store.SaveProof(ctx, subject, Registered, raw)
}

// settled is the lane as claimed, with the digests that lead from the receipt to its head.
func (n *Notary) settled(ctx context.Context, r receipt.Receipt, heights []int64) (json.RawMessage, []receipt.Digest, error) {
	place, err := n.Store.Place(ctx, r.ID)
	if err != nil {
		return nil, nil, nil //nolint:nilerr // a receipt of somebody else: nothing here leads to its claim
	}
	subject := fmt.Sprintf("lane %s/%d/%d", r.Channel, r.Lane, place/claimSpan)
	var raw json.RawMessage
	if kept := n.kept(ctx, Settled, subject, string(r.ID)); kept != nil {
		if raw, chain, err := n.leading(ctx, r, kept); err != nil || raw != nil {
			return raw, chain, err
		}
	}
	keys := []proof.Key{
		{Store: credit.StoreKey, Key: credit.ChannelKey(r.Channel[:])}, {Store: credit.StoreKey, Key: credit.LaneKey(r.Channel[:], r.Lane)},
	}
	for _, height := range heights {
		if raw, err = n.collect(ctx, height, keys); err != nil || raw == nil {
			continue
		}
		raw, chain, err := n.leading(ctx, r, raw)
		if err != nil {
			return nil, nil, err
		}
		if raw != nil {
			return raw, chain, n.Store.SaveProof(ctx, subject, Settled, raw)
		}
	}
	return nil, nil, err
}

// kept is the first of the subjects' proofs that is there. Receipts had their own before neighbours shared one.
func (n *Notary) kept(ctx context.Context, kind string, subjects ...string) json.RawMessage {
	for _, subject := range subjects {
		if raw, err := n.Store.Proof(ctx, subject, kind); err == nil {
			return raw
		}
	}
	return nil
}

// terms names what registered proves of a receipt: who answered with which key, which model at which price.
func terms(r receipt.Receipt) string {
	if r.Channel.IsZero() {
		return fmt.Sprintf("key %s %s", r.Provider, r.Key)
	}
	return fmt.Sprintf("terms %s %s %s %s %s %q", r.Provider, r.Key, r.ModelDigest, r.Price.Input, r.Price.Output, r.Model)
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
