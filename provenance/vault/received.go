package vault

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ayni.example/internal/canon"
	"ayni.example/internal/home"
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

// Kept says for whom this machine holds an age file as a replica, and so who may ask it to erase it.
type Kept struct {
	Digest string `json:"digest"` // in hexadecimal digits
	Owner  string `json:"owner"`
	Since  int64  `json:"since"`
}

// KeepFor notes that an age file is its owner's to erase.
func (v *Vault) KeepFor(digest, owner string) error {
	if !isID(digest, 64) || owner == "" || len(owner) > 64 {
		return fmt.Errorf("%w: digest %.70q of %.70q", ErrName, digest, owner)
	}
	if k, err := v.KeptFor(digest); err == nil && k.Owner != owner {
		return fmt.Errorf("keep %s: it is kept for %s already", digest, k.Owner)
	}
	text, err := canon.Marshal(Kept{digest, owner, v.now().Unix()})
	if err != nil {
		return err
	}
	return home.WriteFile(v.keptPath(digest), text)
}

// KeptFor reads whose age file this machine holds; ErrUnknown where it holds none as a replica.
func (v *Vault) KeptFor(digest string) (Kept, error) {
	var k Kept
	if !isID(digest, 64) {
		return k, fmt.Errorf("%w: digest %.70q", ErrUnknown, digest)
	}
	text, err := home.ReadFile(v.keptPath(digest), lineMax)
	if errors.Is(err, os.ErrNotExist) {
		return k, fmt.Errorf("%w: digest %s", ErrUnknown, digest)
	}
	if err == nil {
		err = json.Unmarshal(text, &k)
	}
	if err == nil && k.Digest != digest {
		err = fmt.Errorf("%w: what is kept", ErrSealed)
	}
	return k, err
}

// Unkeep forgets that this machine was a replica.
func (v *Vault) Unkeep(digest string) error {
	if !isID(digest, 64) {
		return fmt.Errorf("%w: digest %.70q", ErrUnknown, digest)
	}
	return wipe(v.keptPath(digest))
}

func (v *Vault) keptPath(digest string) string { return filepath.Join(v.dir, "kept", digest+".json") }

// Share lets replicas hold an object's age files; it returns the object as it is then.
func (v *Vault) Share(ctx context.Context, id string) (Object, error) {
	release, err := v.lock(ctx)
	if err != nil {
		return Object{}, err
	}
	defer release()
	o, err := v.Object(id)
	if err != nil {
		return o, err
	}
	for n := range o.Items {
		o.Items[n].Shared = true
	}
	return o, v.seal(filepath.Join(v.folder(id), "record.age"), o)
}
