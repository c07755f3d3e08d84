package vault

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"

	"ayni.example/internal/canon"
)

// backupHead is the first line of a backup's keyring, which is a file of identities for the stock age tool: lines with # are comments.
const (
	backupHead  = "# ayni vault backup 1"
	keyringFile = "keyring.age"
	keyringMax  = 256 << 20
)

const backupReadme = `A backup of an ayni vault. The stock age tool opens it (age-encryption.org):

  age -d -i MY_KEY keyring.age > identities    (or, where it was made with a passphrase: age -d keyring.age > identities)
  age -d -i identities FILE.age > FILE

The file of identities says what each FILE is. "ayni vault restore" puts all of it into a vault.
`

// Backup writes all age files and, for the recipients, the identities that open them, into a new folder. It returns how many objects.
func (v *Vault) Backup(ctx context.Context, to string, recipients []age.Recipient) (int, error) {
	release, err := v.lock(ctx)
	if err != nil {
		return 0, err
	}
	defer release()
	if _, err := os.Lstat(to); err == nil {
		return 0, fmt.Errorf("back up to %s: it is there already", to)
	}
	part := to + ".part"
	if err := errors.Join(os.RemoveAll(part), os.Mkdir(part, 0o700)); err != nil {
		return 0, fmt.Errorf("back up: %w", err)
	}
	n, err := v.backup(ctx, part, recipients)
	if err == nil {
		err = os.Rename(part, to)
	}
	if err != nil {
		return 0, errors.Join(fmt.Errorf("back up: %w", err), os.RemoveAll(part))
	}
	return n, syncDir(filepath.Dir(to))
}

func (v *Vault) backup(ctx context.Context, dir string, recipients []age.Recipient) (int, error) {
	objects, err := v.List()
	if err != nil {
		return 0, err
	}
	grants, err := v.Grants("")
	if err != nil {
		return 0, err
	}
	for _, o := range objects {
		for _, i := range o.Items {
			if err := v.copyOut(ctx, o, i, filepath.Join(dir, i.File+".age")); err != nil {
				return 0, err
			}
		}
	}
	out, err := os.OpenFile(filepath.Join(dir, keyringFile), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	w, err := age.Encrypt(out, recipients...)
	if err == nil {
		err = writeKeyring(w, objects, grants)
	}
	if err == nil {
		err = w.Close()
	}
	err = errors.Join(err, out.Sync(), out.Close(), os.WriteFile(filepath.Join(dir, "README.txt"), []byte(backupReadme), 0o600))
	return len(objects), err
}

func (v *Vault) copyOut(ctx context.Context, o Object, i Item, to string) error {
	from, err := v.Sealed(o.ID, i.File)
	if err != nil {
		return err
	}
	defer from.Close() //nolint:errcheck // only read
	_, err = copyFile(ctx, to, from)
	return err
}

// copyFile writes a new file and returns its digest.
func copyFile(ctx context.Context, to string, from io.Reader) (string, error) {
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	hash := sha256.New()
	_, err = io.Copy(io.MultiWriter(out, hash), &reader{ctx, from})
	return hex.EncodeToString(hash.Sum(nil)), errors.Join(err, out.Sync(), out.Close())
}

func writeKeyring(to io.Writer, objects []Object, grants []Grant) error {
	b := bufio.NewWriter(to)
	fmt.Fprintln(b, backupHead)
	for _, o := range objects {
		items := o.Items
		o.Items = make([]Item, len(items))
		for n, i := range items {
			i.Identity = ""
			o.Items[n] = i
		}
		text, err := canon.Marshal(o)
		if err != nil {
			return err
		}
		fmt.Fprintf(b, "# object %s\n", text)
		for _, i := range items {
			fmt.Fprintf(b, "# %s.age is %q\n%s\n", i.File, i.Name, i.Identity)
		}
	}
	for _, g := range grants {
		text, err := canon.Marshal(g)
		if err != nil {
			return err
		}
		fmt.Fprintf(b, "# grant %s\n", text)
	}
	return b.Flush()
}

// readKeyring reads back what writeKeyring wrote.
func readKeyring(from io.Reader) ([]Object, []Grant, error) {
	lines := bufio.NewScanner(io.LimitReader(from, keyringMax))
	lines.Buffer(nil, recordMax)
	if !lines.Scan() || lines.Text() != backupHead {
		return nil, nil, fmt.Errorf("%w: its first line is not %q", ErrBackup, backupHead)
	}
	var objects []Object
	var grants []Grant
	next := 0 // item of the last object that lacks its identity
	for lines.Scan() {
		line := lines.Text()
		object, isObject := strings.CutPrefix(line, "# object ")
		grant, isGrant := strings.CutPrefix(line, "# grant ")
		var err error
		switch {
		case isObject:
			var o Object
			err = canon.Unmarshal([]byte(object), &o, canon.Limits{Bytes: recordMax, Depth: 4})
			objects, next = append(objects, o), 0
		case isGrant:
			var g Grant
			err = canon.Unmarshal([]byte(grant), &g, canon.Limits{Bytes: recordMax, Depth: 4})
			grants = append(grants, g)
		case strings.HasPrefix(line, "#"):
		case len(objects) == 0 || next >= len(objects[len(objects)-1].Items):
			err = errors.New("an identity of nothing")
		default:
			objects[len(objects)-1].Items[next].Identity = line
			next++
		}
		if err != nil {
			return nil, nil, fmt.Errorf("%w: %w", ErrBackup, err)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrBackup, err)
	}
	return objects, grants, nil
}

// Restored says what a restore did.
type Restored struct {
	Objects []string `json:"objects"`
	Present []string `json:"present"` // were here already
	Erased  []string `json:"erased"`  // were erased since the backup, and stay so
}

// Restore puts the objects of a backup into this vault, under this vault's key.
func (v *Vault) Restore(ctx context.Context, from string, identities []age.Identity) (Restored, error) {
	r := Restored{Objects: []string{}, Present: []string{}, Erased: []string{}}
	sealed, err := os.Open(filepath.Join(from, keyringFile))
	if err != nil {
		return r, fmt.Errorf("%w: %w", ErrBackup, err)
	}
	defer sealed.Close() //nolint:errcheck // only read
	plain, err := age.Decrypt(sealed, identities...)
	if err != nil {
		return r, fmt.Errorf("%w: %w", ErrBackup, err)
	}
	objects, grants, err := readKeyring(plain)
	if err != nil {
		return r, err
	}
	release, err := v.lock(ctx)
	if err != nil {
		return r, err
	}
	defer release()
	if err := v.sweep(); err != nil {
		return r, err
	}
	for _, o := range objects {
		if err := o.check(); err != nil {
			return r, fmt.Errorf("%w: %w", ErrBackup, err)
		}
		if _, err := os.Stat(v.erasure(o.ID)); err == nil {
			r.Erased = append(r.Erased, o.ID)
			continue
		}
		if _, err := os.Stat(v.folder(o.ID)); err == nil {
			r.Present = append(r.Present, o.ID)
			continue
		}
		if err := v.restore(ctx, from, o); err != nil {
			return r, fmt.Errorf("restore %s: %w", o.ID, err)
		}
		r.Objects = append(r.Objects, o.ID)
	}
	return r, v.restoreGrants(grants, r)
}

func (v *Vault) restore(ctx context.Context, from string, o Object) error {
	dir := filepath.Join(v.dir, "objects", unfinished+o.ID)
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	for _, i := range o.Items {
		if err := restoreItem(ctx, filepath.Join(from, i.File+".age"), filepath.Join(dir, i.File+".age"), i); err != nil {
			return errors.Join(err, wipeFolder(dir))
		}
	}
	if err := v.seal(filepath.Join(dir, "record.age"), o); err != nil {
		return errors.Join(err, wipeFolder(dir))
	}
	return errors.Join(os.Rename(dir, v.folder(o.ID)), syncDir(filepath.Join(v.dir, "objects")))
}

func restoreItem(ctx context.Context, from, to string, i Item) error {
	if _, err := age.ParseX25519Identity(i.Identity); err != nil {
		return fmt.Errorf("%w: no identity for %s", ErrBackup, i.File)
	}
	source, err := os.Open(from)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBackup, err)
	}
	defer source.Close() //nolint:errcheck // only read
	digest, err := copyFile(ctx, to, source)
	if err == nil && digest != i.Digest {
		err = fmt.Errorf("%w: %s.age was changed", ErrBackup, i.File)
	}
	return err
}

// restoreGrants brings back what was granted of the objects that came back, so that it can be revoked.
func (v *Vault) restoreGrants(grants []Grant, r Restored) error {
	back := map[string]bool{}
	for _, id := range r.Objects {
		back[id] = true
	}
	for _, g := range grants {
		if err := g.Terms.Check(); err != nil {
			return fmt.Errorf("%w: %w", ErrBackup, err)
		}
		// What a program may read is known here alone: one that was cut off since must not read again.
		if _, err := os.Stat(v.grantPath(g.Terms.ID())); err == nil || !back[g.Terms.Object] || g.Terms.ForClient() {
			continue
		}
		if err := v.keep(g); err != nil {
			return err
		}
	}
	return nil
}
