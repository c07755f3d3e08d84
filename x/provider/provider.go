package provider

import (
	"bytes"
	"crypto/ed25519"
	"slices"
	"time"

	"ayni.example/x/credit"
	"ayni.example/x/internal/bound"
)

// RetiredMax is how many retired keys are kept; the oldest goes first.
const RetiredMax = 16

// Serves tells whether new work may be given to the provider.
func (p Provider) Serves() bool { return p.Status == StatusActive }

// Update returns the provider with a new profile. A changed receipt key retires the old one as of height: receipts that it
// signed before stay good.
func (p Provider) Update(next Profile, height int64) (Provider, error) {
	if p.Status == StatusLeaving {
		return p, ErrStatus.Wrap("a leaving provider does not change")
	}
	if !bytes.Equal(p.ReceiptKey, next.ReceiptKey) {
		if p.retired(next.ReceiptKey) {
			return p, ErrTaken.Wrap("a retired receipt key does not return")
		}
		retired := append(slices.Clone(p.RetiredKeys), RetiredKey{Key: p.ReceiptKey, UntilHeight: height})
		p.RetiredKeys = retired[max(0, len(retired)-RetiredMax):]
	}
	p.Name, p.ReceiptKey, p.PeerId = next.Name, next.ReceiptKey, next.PeerID
	p.Endpoints, p.Capabilities, p.Policy = next.Endpoints, next.Capabilities, next.Policy
	p.UpdatedHeight = height
	return p, nil
}

// Suspend returns the provider without new work; an admin's suspension takes over the provider's own.
func (p Provider) Suspend(byAdmin bool, reason string, height int64) (Provider, error) {
	own := p.Status == StatusSuspended && !p.ByAdmin
	if p.Status != StatusActive && (!own || !byAdmin) {
		return p, ErrStatus.Wrapf("provider is %s", p.Status)
	}
	p.Status, p.ByAdmin, p.Reason, p.UpdatedHeight = StatusSuspended, byAdmin, reason, height
	return p, nil
}

// Resume returns the provider active; who suspended it lifts it.
func (p Provider) Resume(byAdmin bool, height int64) (Provider, error) {
	if p.Status != StatusSuspended {
		return p, ErrStatus.Wrapf("provider is %s", p.Status)
	}
	if p.ByAdmin != byAdmin {
		return p, ErrUnauthorised.Wrap("a suspension is lifted by whoever made it")
	}
	p.Status, p.ByAdmin, p.Reason, p.UpdatedHeight = StatusActive, false, "", height
	return p, nil
}

// Leave returns the provider with its unbonding begun.
func (p Provider) Leave(params Params, height int64, now time.Time) (Provider, error) {
	if p.Status == StatusLeaving {
		return p, ErrStatus.Wrap("provider is leaving already")
	}
	p.Status, p.UpdatedHeight = StatusLeaving, height
	p.LeavesHeight = height + int64(params.UnbondingBlocks)
	p.LeavesTime = now.Unix() + int64(params.UnbondingSeconds)
	return p, nil
}

// CheckWithdraw tells whether the bond may return: both the blocks and the seconds must have passed.
func (p Provider) CheckWithdraw(height int64, now time.Time) error {
	if p.Status != StatusLeaving {
		return ErrStatus.Wrapf("provider is %s: leave first", p.Status)
	}
	if height < p.LeavesHeight || now.Unix() < p.LeavesTime {
		return ErrEarly.Wrapf("it ends at height %d and %s", p.LeavesHeight, time.Unix(p.LeavesTime, 0).UTC().Format(time.RFC3339))
	}
	return nil
}

// Validate checks the provider without any state.
func (p Provider) Validate() error {
	if p.Address == "" {
		return ErrInvalid.Wrap("provider has no address")
	}
	if err := p.Profile().Validate(); err != nil {
		return err
	}
	if err := credit.CheckAmount("bond", p.Bond); err != nil {
		return err
	}
	if err := bound.Text("reason", p.Reason, reasonMax); err != nil {
		return ErrInvalid.Wrap(err.Error())
	}
	if err := p.validateRetired(); err != nil {
		return err
	}
	switch {
	case p.Status != StatusActive && p.Status != StatusSuspended && p.Status != StatusLeaving:
		return ErrInvalid.Wrapf("provider has the status %s", p.Status)
	case p.Status == StatusActive && (p.ByAdmin || p.Reason != ""):
		return ErrInvalid.Wrap("an active provider is suspended")
	case p.RegisteredHeight < 0 || p.UpdatedHeight < 0 || p.LeavesHeight < 0 || p.LeavesTime < 0:
		return ErrInvalid.Wrap("provider has a negative height or time")
	case (p.Status == StatusLeaving) != (p.LeavesHeight != 0):
		return ErrInvalid.Wrap("a provider leaves without an end, or has an end without leaving")
	}
	return nil
}

func (p Provider) validateRetired() error {
	if len(p.RetiredKeys) > RetiredMax {
		return ErrInvalid.Wrapf("%d retired keys, more than %d", len(p.RetiredKeys), RetiredMax)
	}
	for i, r := range p.RetiredKeys {
		if len(r.Key) != ed25519.PublicKeySize || r.UntilHeight < 0 || bytes.Equal(r.Key, p.ReceiptKey) ||
			slices.ContainsFunc(p.RetiredKeys[:i], func(b RetiredKey) bool { return bytes.Equal(b.Key, r.Key) }) {
			return ErrInvalid.Wrapf("retired key %x is malformed or stands twice", r.Key)
		}
	}
	return nil
}

// retired tells whether key is one of the provider's former keys.
func (p Provider) retired(key []byte) bool {
	return slices.ContainsFunc(p.RetiredKeys, func(r RetiredKey) bool { return bytes.Equal(r.Key, key) })
}

// Keys are the present receipt key and the retired ones.
func (p Provider) Keys() [][]byte {
	keys := make([][]byte, 0, 1+len(p.RetiredKeys))
	keys = append(keys, p.ReceiptKey)
	for _, r := range p.RetiredKeys {
		keys = append(keys, r.Key)
	}
	return keys
}
