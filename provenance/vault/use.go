package vault

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
)

// usesMax bounds the places to which one object went.
const usesMax = 256

// Use is where a part of an object went: into a pool, or into what somebody made of it. What was made of that since may contain it.
type Use struct {
	Asset        string `json:"asset"`                  // id on the ledger, in hexadecimal digits
	Contribution string `json:"contribution,omitempty"` // to it, where it is a pool
	Height       int64  `json:"height"`                 // of the ledger: what is older does not contain it
}

func checkUses(uses []Use) error {
	if len(uses) > usesMax {
		return fmt.Errorf("%w: it went to %d places, at most %d are kept", ErrTooLarge, len(uses), usesMax)
	}
	for _, u := range uses {
		if !isID(u.Asset, 64) || u.Contribution != "" && !isID(u.Contribution, 64) || u.Height < 0 {
			return fmt.Errorf("%w: a use of %.70q", ErrSealed, u.Asset)
		}
	}
	return nil
}

// Used notes where an object went; the same again changes nothing. It returns the object as it is then.
func (v *Vault) Used(ctx context.Context, id string, u Use) (Object, error) {
	return v.change(ctx, id, func(o *Object) bool {
		known := slices.ContainsFunc(o.Uses, func(k Use) bool { return k.Asset == u.Asset && k.Contribution == u.Contribution })
		if !known {
			o.Uses = append(o.Uses, u)
		}
		return !known
	})
}

// Is notes which asset of the ledger an object is.
func (v *Vault) Is(ctx context.Context, id, asset string) (Object, error) {
	return v.change(ctx, id, func(o *Object) bool {
		changed := o.Asset != asset
		o.Asset = asset
		return changed
	})
}

// change writes a record anew where do changed it.
func (v *Vault) change(ctx context.Context, id string, do func(*Object) bool) (Object, error) {
	release, err := v.lock(ctx)
	if err != nil {
		return Object{}, err
	}
	defer release()
	o, err := v.Object(id)
	if err != nil || !do(&o) {
		return o, err
	}
	if err := o.check(); err != nil {
		return o, err
	}
	return o, v.seal(filepath.Join(v.folder(id), "record.age"), o)
}

// Containing are the objects that have an item with these bytes. Only items of that size are decrypted.
func (v *Vault) Containing(ctx context.Context, content []byte) ([]Object, error) {
	list, err := v.List()
	if err != nil {
		return nil, err
	}
	want := sha256.Sum256(content)
	var found []Object
	for _, o := range list {
		for _, i := range o.Items {
			if i.Size != int64(len(content)) {
				continue
			}
			hash := sha256.New()
			err := v.Read(ctx, hash, o, i)
			if errors.Is(err, ErrChanged) {
				continue // it was erased or rotated meanwhile
			}
			if err != nil {
				return found, err
			}
			if hex.EncodeToString(hash.Sum(nil)) == hex.EncodeToString(want[:]) {
				found = append(found, o)
				break
			}
		}
	}
	return found, nil
}

// Wipe overwrites a file and removes it; one that is gone is no error.
func Wipe(path string) error { return wipe(path) }
