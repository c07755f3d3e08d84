package keystore

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"filippo.io/age"
)

const (
	workFactor    = 15 // log2 of scrypt's N: about 100 ms
	maxWorkFactor = 20 // a hostile file must not take minutes
	maxWalletFile = 128 << 10
	maxBackupFile = 16 << 20
)

// seal encrypts under a passphrase.
func seal(plain []byte, passphrase string) ([]byte, error) {
	if passphrase == "" {
		return nil, ErrEmpty
	}
	recipient, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		return nil, err
	}
	recipient.SetWorkFactor(workFactor)
	var b bytes.Buffer
	w, err := age.Encrypt(&b, recipient)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(plain); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// readSealed reads and decrypts a file of at most limit bytes.
func readSealed(path, passphrase string, limit int64) ([]byte, error) {
	if passphrase == "" {
		return nil, &Error{ErrEmpty, path, "every wallet file has a passphrase"}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // only read
	identity, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return nil, err
	}
	identity.SetMaxWorkFactor(maxWorkFactor)
	r, err := age.Decrypt(io.LimitReader(f, limit), identity)
	if noMatch := (*age.NoIdentityMatchError)(nil); errors.As(err, &noMatch) {
		return nil, &Error{ErrPassphrase, path, "check the passphrase; if it is lost, only a backup helps"}
	}
	if err != nil {
		return nil, &Error{ErrDamaged, path, "it is no age file: " + err.Error()}
	}
	plain, err := io.ReadAll(io.LimitReader(r, limit))
	if err != nil {
		return nil, &Error{ErrDamaged, path, "restore a backup; the passphrase was right"}
	}
	return plain, nil
}

// replace writes a file so that after a crash either the old or the new one is there, whole.
func replace(path string, data []byte) error {
	temp, err := writeTemp(path, data)
	if err != nil {
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(temp))
	}
	return syncFolder(path)
}

// writeNew is replace for a file that must not exist.
func writeNew(path string, data []byte) error {
	temp, err := writeTemp(path, data)
	if err != nil {
		return err
	}
	err = os.Link(temp, path)
	if removed := os.Remove(temp); removed != nil && err == nil {
		return removed
	}
	if errors.Is(err, fs.ErrExist) {
		return &Error{ErrExists, path, "move it away first, or open it"}
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return syncFolder(path)
}

// writeTemp writes a synced file beside path, for its owner alone.
func writeTemp(path string, data []byte) (temp string, err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", err
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return "", err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(0o600), f.Sync(), f.Close())
	if err != nil {
		return "", errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(f.Name()))
	}
	return f.Name(), nil
}

// syncFolder makes the new name outlive a power cut.
func syncFolder(path string) error {
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
