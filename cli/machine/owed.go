package machine

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"

	"cosmossdk.io/math"

	"ayni.example/client"
	"ayni.example/internal/home"
	"ayni.example/receipt"
	"ayni.example/web/operator"
	"ayni.example/x/compute"
	"ayni.example/x/inference"
	"ayni.example/x/provenance"
)

const (
	// owedFresh is how old the ledger's word of a model's owner may be: terms never change, bans and shares seldom.
	owedFresh = time.Minute
	// owedMost bounds the models that are remembered.
	owedMost = 4096
)

// assets is what the ledger says of models as assets.
type assets interface {
	AssetByContent(ctx context.Context, content []byte) (provenance.Asset, error)
	Asset(ctx context.Context, id []byte) (provenance.Asset, error)
	Vector(ctx context.Context, asset []byte) (provenance.Vector, uint32, error)
}

// owed knows whose work models are, and what of their price is theirs.
type owed struct {
	ledger assets
	now    func() time.Time
	mu     sync.Mutex
	known  map[string]claim
}

// claim is of an asset's owner; none where the content is no asset.
type claim struct {
	asset   provenance.Asset
	serving uint32 // of a million of what is paid for serving it: the owner's and the ancestors'
	there   bool
	at      time.Time
}

func newOwed(ledger assets, now func() time.Time) *owed {
	return &owed{ledger: ledger, now: now, known: map[string]claim{}}
}

// of is the asset of a content, if there is one.
func (o *owed) of(ctx context.Context, content []byte) (claim, error) {
	o.mu.Lock()
	known, ok := o.known[string(content)]
	o.mu.Unlock()
	now := o.now()
	if age := now.Sub(known.at); ok && age >= 0 && age < owedFresh {
		return known, nil
	}
	asset, err := o.ledger.AssetByContent(ctx, content)
	if err != nil && !errors.Is(err, client.ErrNotFound) {
		return claim{}, err
	}
	fresh := claim{asset: asset, there: err == nil, at: now}
	if fresh.there {
		if _, fresh.serving, err = o.ledger.Vector(ctx, asset.ID); err != nil {
			return claim{}, err
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.known) >= owedMost {
		clear(o.known)
	}
	o.known[string(content)] = fresh
	return fresh, nil
}

// forbids is the term against which an offer stands, "" when there is none or the ledger does not say.
func (o *owed) forbids(ctx context.Context, offer inference.Offer) string {
	c, err := o.of(ctx, offer.Model)
	if err != nil || !c.there {
		return ""
	}
	priced := offer.PriceInput.IsPositive() || offer.PriceOutput.IsPositive()
	if err := c.asset.Allows(provenance.Use{Commercial: priced}); err != nil {
		return err.Error()
	}
	return ""
}

// upstream is how much of a million of a model's price is its owner's and its ancestors'; 0 where the ledger does not say.
func (o *owed) upstream(ctx context.Context, content []byte) uint32 {
	c, err := o.of(ctx, content)
	if err != nil {
		return 0
	}
	return c.serving
}

// mayOffer tells why the owner of a model does not allow that it is offered, before the ledger does.
func (m *Machine) mayOffer(ctx context.Context, digest string, price receipt.Price) error {
	content, err := hex.DecodeString(digest)
	if err != nil {
		return fmt.Errorf("digest %s: %w", digest, err)
	}
	if why := m.owed.forbids(ctx, inference.Offer{Model: content, PriceInput: price.Input, PriceOutput: price.Output}); why != "" {
		return advice(errors.New(why), "offer it for nothing with --price 0 where the terms allow that, or ask its owner for a version with other terms")
	}
	return nil
}

// Upstream implements operator.Operator.
func (m *Machine) Upstream(ctx context.Context, id string) (operator.Upstream, error) {
	record, err := m.record(ctx, id)
	if err != nil {
		return operator.Upstream{}, err
	}
	r := record.File.Receipt
	return m.owed.divide(ctx, r.ModelDigest, r.Total)
}

// divide is how the ledger would divide an amount that is paid for a model, each part rounded down. What is paid is divided by the sum
// of all that the model earned, so that over many answers nothing is lost to rounding.
func (o *owed) divide(ctx context.Context, model string, total math.Int) (operator.Upstream, error) {
	u := operator.Upstream{Model: model, Total: home.FormatCredits(total), Amount: home.FormatCredits(math.ZeroInt())}
	content, err := hex.DecodeString(model)
	if err != nil || len(content) != len(receipt.Digest{}) {
		return u, nil //nolint:nilerr // a model without a digest of weights is nobody's asset
	}
	c, err := o.of(ctx, content)
	if err != nil || !c.there {
		return u, err
	}
	vector, serving, err := o.ledger.Vector(ctx, c.asset.ID)
	if err != nil {
		return u, err
	}
	part := func(ppm uint32) string {
		return home.FormatCredits(total.MulRaw(int64(ppm)).QuoRaw(provenance.FullPPM))
	}
	u.Asset, u.PPM, u.Amount = hex.EncodeToString(c.asset.ID), serving, part(serving)
	own := serving
	for _, s := range vector.Shares {
		asset, err := o.ledger.Asset(ctx, s.Asset)
		if err != nil {
			return u, err
		}
		own -= min(own, s.PPM)
		u.Shares = append(u.Shares, operator.UpstreamShare{
			Asset: hex.EncodeToString(s.Asset), Name: asset.Name, Owner: asset.Owner, PPM: s.PPM, Amount: part(s.PPM), Held: s.Held,
		})
	}
	if own > 0 {
		u.Shares = append(u.Shares, operator.UpstreamShare{Asset: u.Asset, Name: c.asset.Name, Owner: c.asset.Owner, PPM: own, Amount: part(own)})
	}
	return u, nil
}

// agreeUses sets what the training may pay to the owners of its data, and returns what they ask. What its tenant has not agreed to is
// told before anything is sent: whoever registers data first could ask for it what they like.
func (m *Machine) agreeUses(ctx context.Context, t *compute.Training, most string) (math.Int, error) {
	t.UseMax = math.ZeroInt()
	if most != "" {
		var err error
		if t.UseMax, err = home.Credits(most); err != nil {
			return math.Int{}, err
		}
	}
	sum, seen := math.ZeroInt(), map[string]bool{}
	for _, content := range t.Data {
		c, err := m.owed.of(ctx, content)
		if err != nil {
			return math.Int{}, err
		}
		if !c.there || seen[string(content)] {
			continue
		}
		seen[string(content)] = true
		if err := c.asset.Allows(provenance.Use{Commercial: true, Trains: true, By: m.address}); err != nil {
			return math.Int{}, advice(err, "--local trains on this machine; its owner may register a version with other terms")
		}
		if c.asset.Owner == m.address && provenance.Kind(c.asset.Kind) != provenance.KindPool {
			continue
		}
		if sum = sum.Add(c.asset.Terms.Price); sum.GT(t.UseMax) {
			return math.Int{}, advice(fmt.Errorf("asset %x (%s) asks %s credits for a training on it", c.asset.ID, c.asset.Name, home.FormatCredits(c.asset.Terms.Price)),
				"agree with --use-max "+home.FormatCredits(sum)+": it is paid once the training runs")
		}
	}
	return sum, nil
}
