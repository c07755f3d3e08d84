package vault

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"filippo.io/age"

	"ayni.example/internal/canon"
	"ayni.example/internal/home"
)

// Bounds of a vault.
const (
	recordMax = 8 << 20 // bytes of a record
	itemsMax  = 4096    // of an object
	nameMax   = 512
	lockPoll  = 20 * time.Millisecond
	wipeStep  = 1 << 16
)

// lock keeps other writers away, of this process and of others, until release.
func (v *Vault) lock(ctx context.Context) (release func(), err error) {
	file, err := os.OpenFile(filepath.Join(v.dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock vault: %w", err)
	}
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { _ = file.Close() }, nil // closing ends the lock
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errors.Join(fmt.Errorf("lock vault: %w", err), file.Close())
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(fmt.Errorf("lock vault: another process writes to it: %w", ctx.Err()), file.Close())
		case <-time.After(lockPoll):
		}
	}
}

// seal writes a record, whole or not at all, that the vault's key alone opens.
func (v *Vault) seal(path string, record any) error {
	plain, err := canon.Marshal(record)
	if err != nil {
		return err
	}
	if len(plain) > recordMax {
		return fmt.Errorf("%w: a record of %d bytes", ErrTooLarge, len(plain))
	}
	var b bytes.Buffer
	w, err := age.Encrypt(&b, v.keys.ring.Recipient())
	if err != nil {
		return fmt.Errorf("seal record: %w", err)
	}
	if _, err := w.Write(plain); err != nil {
		return fmt.Errorf("seal record: %w", err)
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("seal record: %w", err)
	}
	return v.replace(path, b.Bytes())
}

// replace gives a file new bytes in one step, and overwrites the old ones: they may hold keys that are to be gone.
func (v *Vault) replace(path string, content []byte) error {
	old, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := home.WriteFile(path, content); err != nil {
		if old != nil {
			_ = old.Close()
		}
		return err
	}
	if old == nil {
		return nil
	}
	return errors.Join(overwrite(old), old.Close())
}

// open reads a record. One that is replaced meanwhile is overwritten while it is read, so what does not open is read again.
func (v *Vault) open(path string, record any) error {
	var err error
	for range 3 {
		var plain []byte
		if plain, err = v.openOnce(path); err == nil {
			err = canon.Unmarshal(plain, record, canon.Limits{Bytes: recordMax, Depth: 8})
		}
		if err == nil || errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return fmt.Errorf("%w: %s: %w", ErrSealed, filepath.Base(path), err)
}

func (v *Vault) openOnce(path string) ([]byte, error) {
	sealed, err := home.ReadFile(path, 2*recordMax)
	if err != nil {
		return nil, err
	}
	r, err := age.Decrypt(bytes.NewReader(sealed), v.keys.ring)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(r, recordMax+1))
}

// wiped ends the name of a file that is being overwritten: after a crash it is no record, and the next writer goes on.
const wiped = ".wiped"

// wipe overwrites a file and removes it; one that is gone is no error.
func wipe(path string) error {
	if !strings.HasSuffix(path, wiped) {
		err := os.Rename(path, path+wiped)
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		path += wiped
	}
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(overwrite(file), file.Close(), os.Remove(path))
}

// overwrite puts random bytes in the place of a file's own. A disk or file system that writes elsewhere keeps the old ones, which is why
// what matters is that the identity is gone.
func overwrite(file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	b := make([]byte, wipeStep)
	for at := int64(0); at < info.Size(); at += wipeStep {
		n := min(wipeStep, info.Size()-at)
		_, _ = rand.Read(b[:n]) // never fails
		if _, err := file.WriteAt(b[:n], at); err != nil {
			return err
		}
	}
	return file.Sync()
}

// wipeFolder wipes all files of a folder and removes it.
func wipeFolder(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range entries {
		errs = append(errs, wipe(filepath.Join(dir, e.Name())))
	}
	return errors.Join(errors.Join(errs...), os.Remove(dir), syncDir(filepath.Dir(dir)))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// newID is 16 random bytes in hexadecimal digits.
func (v *Vault) newID() (string, error) {
	b := make([]byte, 16)
	if _, err := io.ReadFull(v.random, b); err != nil {
		return "", fmt.Errorf("draw an id: %w", err)
	}
	return hex.EncodeToString(b), nil
}

// isID tells an id, or a commitment, from what could be another path.
func isID(text string, digits int) bool {
	b, err := hex.DecodeString(text)
	return err == nil && len(text) == digits && hex.EncodeToString(b) == text
}
