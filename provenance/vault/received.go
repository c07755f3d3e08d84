package vault

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Received is what somebody else granted to this vault's owner.
type Received struct {
	Wrap      Wrap   `json:"wrap"`
	Key       []byte `json:"key"`       // the owner's account key
	Signature []byte `json:"signature"` // of the wrap, by it
	At        int64  `json:"at"`
}

// Receive keeps a wrap that the caller has checked, so that a replica's age file can be opened while its owner is away.
func (v *Vault) Receive(ctx context.Context, r Received) error {
	release, err := v.lock(ctx)
	if err != nil {
		return err
	}
	defer release()
	return v.seal(v.receivedPath(r.Wrap.Terms.ID()), r)
}

// Held reads what was received under a grant; ErrNoGrant where nothing was.
func (v *Vault) Held(id string) (Received, error) {
	var r Received
	if !isID(id, 64) {
		return r, fmt.Errorf("%w: %.70q", ErrNoGrant, id)
	}
	err := v.open(v.receivedPath(id), &r)
	if errors.Is(err, os.ErrNotExist) {
		return r, fmt.Errorf("%w: %s", ErrNoGrant, id)
	}
	if err == nil && r.Wrap.Terms.ID() != id {
		err = fmt.Errorf("%w: the wrap of %s lies in the place of %s", ErrSealed, r.Wrap.Terms.ID(), id)
	}
	return r, err
}

// HeldAll lists all that was received.
func (v *Vault) HeldAll() ([]Received, error) {
	entries, err := os.ReadDir(filepath.Join(v.dir, "received"))
	if err != nil {
		return nil, err
	}
	var list []Received
	for _, e := range entries {
		id, ours := strings.CutSuffix(e.Name(), ".age")
		if !ours || !isID(id, 64) {
			continue
		}
		r, err := v.Held(id)
		if errors.Is(err, ErrNoGrant) {
			continue
		}
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	slices.SortStableFunc(list, func(a, b Received) int { return int(a.At - b.At) })
	return list, nil
}

// Drop destroys what was received under a grant that ended.
func (v *Vault) Drop(ctx context.Context, id string) error {
	release, err := v.lock(ctx)
	if err != nil {
		return err
	}
	defer release()
	if !isID(id, 64) {
		return fmt.Errorf("%w: %.70q", ErrNoGrant, id)
	}
	return wipe(v.receivedPath(id))
}

func (v *Vault) receivedPath(id string) string { return filepath.Join(v.dir, "received", id+".age") }

// Share lets replicas hold an object's age files; it returns the object as it is then.
func (v *Vault) Share(ctx context.Context, id string) (Object, error) {
	return v.change(ctx, id, func(o *Object) bool {
		for n := range o.Items {
			o.Items[n].Shared = true
		}
		return true
	})
}
