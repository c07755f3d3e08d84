package vault

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"filippo.io/age"

	"ayni.example/internal/clock"
)

// Config of a Vault.
type Config struct {
	Dir    string
	Secret Secret // of the wallet
	Now    clock.Clock
	Random io.Reader
}

// Vault is a folder of one person's data.
type Vault struct {
	dir    string
	keys   keys
	now    clock.Clock
	random io.Reader
}

// New opens the folder and makes what is missing.
func New(cfg Config) (*Vault, error) {
	if cfg.Dir == "" || cfg.Secret == (Secret{}) || cfg.Now == nil || cfg.Random == nil {
		return nil, errors.New("vault: want a folder, a secret, a clock and randomness")
	}
	k, err := newKeys(cfg.Secret)
	if err != nil {
		return nil, err
	}
	v := &Vault{dir: cfg.Dir, keys: k, now: cfg.Now, random: cfg.Random}
	for _, name := range []string{"objects", "grants", "received", "kept", "erasures"} {
		if err := os.MkdirAll(filepath.Join(cfg.Dir, name), 0o700); err != nil {
			return nil, fmt.Errorf("make vault: %w", err)
		}
	}
	return v, nil
}

// Part is something to add. Open is called once.
type Part struct {
	Name  string
	Media string
	Open  func() (io.ReadCloser, error)
}

// Add encrypts parts as one object. It is there whole or not at all.
func (v *Vault) Add(ctx context.Context, name, kind string, parts []Part) (Object, error) {
	if err := checkName(name); err != nil {
		return Object{}, err
	}
	if len(parts) == 0 || len(parts) > itemsMax {
		return Object{}, fmt.Errorf("%w: %d items, want 1 to %d", ErrTooLarge, len(parts), itemsMax)
	}
	release, err := v.lock(ctx)
	if err != nil {
		return Object{}, err
	}
	defer release()
	if err := v.sweep(); err != nil {
		return Object{}, err
	}
	id, err := v.newID()
	if err != nil {
		return Object{}, err
	}
	o := Object{ID: id, Name: name, Kind: kind, Added: v.now().Unix(), Version: 1, Salt: make([]byte, 32)}
	if _, err := io.ReadFull(v.random, o.Salt); err != nil {
		return Object{}, fmt.Errorf("draw a salt: %w", err)
	}
	dir := filepath.Join(v.dir, "objects", unfinished+id)
	if err := os.Mkdir(dir, 0o700); err != nil {
		return Object{}, fmt.Errorf("add %s: %w", name, err)
	}
	if err := v.fill(ctx, dir, &o, parts); err != nil {
		return Object{}, errors.Join(fmt.Errorf("add to the vault: %w", err), wipeFolder(dir))
	}
	if err := os.Rename(dir, v.folder(id)); err != nil {
		return Object{}, errors.Join(fmt.Errorf("add to the vault: %w", err), wipeFolder(dir))
	}
	return o, syncDir(filepath.Join(v.dir, "objects"))
}

func (v *Vault) fill(ctx context.Context, dir string, o *Object, parts []Part) error {
	for _, p := range parts {
		if err := checkName(p.Name); err != nil {
			return err
		}
		source, err := p.Open()
		if err != nil {
			return err
		}
		item, err := v.encrypt(ctx, dir, source)
		if err := errors.Join(err, source.Close()); err != nil {
			return err
		}
		item.Name, item.Media = p.Name, p.Media
		o.Items = append(o.Items, item)
	}
	slices.SortFunc(o.Items, func(a, b Item) int { return strings.Compare(a.Name, b.Name) })
	if err := o.check(); err != nil {
		return err
	}
	return v.seal(filepath.Join(dir, "record.age"), o)
}

// encrypt writes an age file for a new identity, whatever the size, in bounded memory.
func (v *Vault) encrypt(ctx context.Context, dir string, source io.Reader) (Item, error) {
	file, err := v.newID()
	if err != nil {
		return Item{}, err
	}
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		return Item{}, err
	}
	out, err := os.OpenFile(filepath.Join(dir, file+".age"), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return Item{}, err
	}
	hash := sha256.New()
	item := Item{File: file, Identity: identity.String()}
	w, err := age.Encrypt(io.MultiWriter(out, hash), identity.Recipient())
	if err == nil {
		item.Size, err = io.Copy(w, &reader{ctx, source})
	}
	if err == nil {
		err = w.Close()
	}
	info, statErr := out.Stat()
	if err := errors.Join(err, statErr, out.Sync(), out.Close()); err != nil {
		return Item{}, errors.Join(err, wipe(out.Name()))
	}
	item.Sealed, item.Digest = info.Size(), hex.EncodeToString(hash.Sum(nil))
	return item, nil
}

// Object reads a record.
func (v *Vault) Object(id string) (Object, error) {
	var o Object
	if !isID(id, 32) {
		return o, fmt.Errorf("%w: %.60q", ErrUnknown, id)
	}
	err := v.open(filepath.Join(v.folder(id), "record.age"), &o)
	if errors.Is(err, os.ErrNotExist) {
		if _, err := os.Stat(v.erasure(id)); err == nil {
			return o, fmt.Errorf("%w: %s", ErrErased, id)
		}
		return o, fmt.Errorf("%w: %s", ErrUnknown, id)
	}
	if err == nil {
		err = o.check()
	}
	if err == nil && o.ID != id {
		err = fmt.Errorf("%w: %s lies in the place of %s", ErrSealed, o.ID, id)
	}
	return o, err
}

// List gives all objects, oldest first.
func (v *Vault) List() ([]Object, error) {
	entries, err := os.ReadDir(filepath.Join(v.dir, "objects"))
	if err != nil {
		return nil, fmt.Errorf("list vault: %w", err)
	}
	var list []Object
	for _, e := range entries {
		if !isID(e.Name(), 32) {
			continue
		}
		o, err := v.Object(e.Name())
		if errors.Is(err, ErrUnknown) || errors.Is(err, ErrErased) {
			continue // it went away meanwhile
		}
		if err != nil {
			return nil, err
		}
		list = append(list, o)
	}
	slices.SortStableFunc(list, func(a, b Object) int { return int(a.Added - b.Added) })
	return list, nil
}

// Find reads an object by its id, the beginning of its id, or its name where no other has it.
func (v *Vault) Find(word string) (Object, error) {
	if isID(word, 32) {
		return v.Object(word)
	}
	list, err := v.List()
	if err != nil {
		return Object{}, err
	}
	var found []Object
	for _, o := range list {
		if o.Name == word || len(word) >= 6 && strings.HasPrefix(o.ID, word) {
			found = append(found, o)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return Object{}, fmt.Errorf("%w: %.60q", ErrUnknown, word)
	}
	return Object{}, fmt.Errorf("%w: %d objects are called that; name one by its id", ErrUnknown, len(found))
}

// Sealed opens the age file of an item as it lies there; the caller closes it.
func (v *Vault) Sealed(object, file string) (*os.File, error) {
	if !isID(object, 32) || !isID(file, 32) {
		return nil, fmt.Errorf("%w: %.60q", ErrUnknown, object)
	}
	f, err := os.Open(filepath.Join(v.folder(object), file+".age"))
	if errors.Is(err, os.ErrNotExist) {
		return nil, ErrChanged
	}
	return f, err
}

// Read decrypts one of the owner's own items.
func (v *Vault) Read(ctx context.Context, to io.Writer, o Object, item Item) error {
	sealed, err := v.Sealed(o.ID, item.File)
	if err != nil {
		return err
	}
	defer sealed.Close() //nolint:errcheck // only read
	return Unseal(ctx, to, sealed, item.Identity)
}

// Unseal decrypts an age file with the identity that a wrap or a record has.
func Unseal(ctx context.Context, to io.Writer, sealed io.Reader, identity string) error {
	key, err := age.ParseX25519Identity(identity)
	if err != nil {
		return fmt.Errorf("%w: no identity", ErrWrap)
	}
	r, err := age.Decrypt(&reader{ctx, sealed}, key)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrWrap, err)
	}
	if _, err := io.Copy(to, r); err != nil {
		return fmt.Errorf("%w: %w", ErrWrap, err)
	}
	return nil
}

func (v *Vault) folder(id string) string { return filepath.Join(v.dir, "objects", id) }

// reader ends when its context does.
type reader struct {
	ctx    context.Context //nolint:containedctx // a reader has no other way to know
	source io.Reader
}

func (r *reader) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.source.Read(b)
}
