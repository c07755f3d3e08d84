package vault

import (
	"crypto/hpke"
	"fmt"

	"ayni.example/internal/canon"
)

// wrapMax bounds the identities in a wrap, as encoded.
const wrapMax = 2 << 20

// Wrap is what lets one reader open the age files of one grant.
type Wrap struct {
	Terms   Terms  `json:"terms"`
	Version uint64 `json:"version"` // of the object, whose identities change
	Sealed  []byte `json:"sealed"`  // an encapsulated key and the items, by HPKE
}

// info binds a wrap to all that was granted: under other terms it does not open.
func (w Wrap) info() ([]byte, error) {
	body, err := canon.Marshal(struct {
		Grant   string `json:"grant"`
		Terms   Terms  `json:"terms"`
		Version uint64 `json:"version"`
	}{w.Terms.ID(), w.Terms, w.Version})
	return append([]byte("ayni/vault/wrap/1\x00"), body...), err
}

// Wrap seals what the scope of a grant covers, as it is now, for a reader's key.
func (v *Vault) Wrap(g Grant, reader []byte) (Wrap, error) {
	o, err := v.Object(g.Terms.Object)
	if err != nil {
		return Wrap{}, err
	}
	key, err := kem().NewPublicKey(reader)
	if err != nil {
		return Wrap{}, fmt.Errorf("%w: the reader's key is none: %w", ErrWrap, err)
	}
	items := o.In(g.Terms.Scope)
	if len(items) == 0 {
		return Wrap{}, fmt.Errorf("%w: it covers no item", ErrScope)
	}
	plain, err := canon.Marshal(items)
	if err != nil {
		return Wrap{}, err
	}
	if len(plain) > wrapMax {
		return Wrap{}, fmt.Errorf("%w: %d items in one grant", ErrTooLarge, len(items))
	}
	w := Wrap{Terms: g.Terms, Version: o.Version}
	info, err := w.info()
	if err != nil {
		return Wrap{}, err
	}
	if w.Sealed, err = hpke.Seal(key, hpke.HKDFSHA256(), hpke.AES256GCM(), info, plain); err != nil {
		return Wrap{}, fmt.Errorf("wrap: %w", err)
	}
	return w, nil
}

// Unwrap opens a wrap that is for this vault.
func (v *Vault) Unwrap(w Wrap) ([]Item, error) {
	if err := w.Terms.Check(); err != nil {
		return nil, err
	}
	info, err := w.info()
	if err != nil {
		return nil, err
	}
	plain, err := hpke.Open(v.keys.own, hpke.HKDFSHA256(), hpke.AES256GCM(), info, w.Sealed)
	if err != nil {
		return nil, fmt.Errorf("%w: it is for another reader, or of other terms", ErrWrap)
	}
	var items []Item
	if err := canon.Unmarshal(plain, &items, canon.Limits{Bytes: wrapMax, Depth: 4}); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrWrap, err)
	}
	o := Object{ID: w.Terms.Object, Name: w.Terms.Object, Salt: w.Terms.Salt, Items: items}
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrWrap, err)
	}
	for _, i := range items {
		if !Covers(w.Terms.Scope, i.Name) {
			return nil, fmt.Errorf("%w: %.60q", ErrScope, i.Name)
		}
	}
	return items, nil
}
