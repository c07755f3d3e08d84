package vault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Rotate gives the items that a scope covers other identities and writes their age files anew. It returns those that replicas
// may still hold. What is cut off anywhere is done again by the next call; until the record changes the old files stand.
func (v *Vault) Rotate(ctx context.Context, object string, scope []string) (old []Blob, err error) {
	release, err := v.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	o, err := v.Object(object)
	if err != nil {
		return nil, err
	}
	dir := v.folder(object)
	if err := v.strays(o); err != nil {
		return nil, err
	}
	for n, item := range o.Items {
		if !Covers(scope, item.Name) {
			continue
		}
		fresh, err := v.reencrypt(ctx, dir, o.ID, item)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("encrypt again: %w", err), v.clean(object))
		}
		if item.Shared {
			old = append(old, Blob{item.Digest, item.Sealed})
		}
		o.Items[n] = fresh
	}
	o.Version++
	if err := v.noteStale(old); err != nil {
		return nil, errors.Join(err, v.clean(object))
	}
	if err := v.seal(filepath.Join(dir, "record.age"), o); err != nil {
		return nil, errors.Join(err, v.clean(object))
	}
	return old, v.strays(o)
}

// noteStale has the replicas of age files that are no longer meant asked to erase them, also after a crash. Should the rotation not take
// effect after all, those asked in vain are the only loss.
func (v *Vault) noteStale(old []Blob) error {
	if len(old) == 0 {
		return nil
	}
	id, err := v.newID()
	if err != nil {
		return err
	}
	return v.Note(Erasure{Object: id, Grants: []string{}, Blobs: old, Begun: v.now().Unix(), Here: true, Ledger: true, Stale: true, Replicas: []Replica{}})
}

// clean wipes what a writer left, by the record that stands.
func (v *Vault) clean(object string) error {
	o, err := v.Object(object)
	if err != nil {
		return err
	}
	return v.strays(o)
}

// reencrypt decrypts and encrypts in one pass, in bounded memory.
func (v *Vault) reencrypt(ctx context.Context, dir, object string, item Item) (Item, error) {
	sealed, err := v.Sealed(object, item.File)
	if err != nil {
		return Item{}, err
	}
	defer sealed.Close() //nolint:errcheck // only read
	plain, to := io.Pipe()
	go func() { _ = to.CloseWithError(Unseal(ctx, to, sealed, item.Identity)) }()
	fresh, err := v.encrypt(ctx, dir, plain)
	_ = plain.CloseWithError(io.ErrClosedPipe) // ends the other side where encrypt gave up
	fresh.Name, fresh.Media = item.Name, item.Media
	return fresh, err
}

// strays wipes age files that the record does not name: what a rotation left before or after it took effect.
func (v *Vault) strays(o Object) error {
	entries, err := os.ReadDir(v.folder(o.ID))
	if err != nil {
		return err
	}
	named := map[string]bool{"record": true}
	for _, i := range o.Items {
		named[i.File] = true
	}
	var errs []error
	for _, e := range entries {
		if name, ours := strings.CutSuffix(e.Name(), ".age"); !ours || !named[name] {
			errs = append(errs, wipe(filepath.Join(v.folder(o.ID), e.Name())))
		}
	}
	return errors.Join(errs...)
}
