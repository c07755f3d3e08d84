package keystore

import (
	"errors"
	"io"
	"io/fs"

	"ayni.example/internal/canon"
)

// Keystore is an opened wallet file.
type Keystore struct {
	path       string
	passphrase string
	random     io.Reader
	wallet     Wallet
}

// Create draws a new wallet and writes it; an existing file is never overwritten.
func Create(path, passphrase string, random io.Reader) (*Keystore, error) {
	w, err := NewWallet(random)
	if err != nil {
		return nil, err
	}
	return create(path, passphrase, random, w)
}

// Open decrypts a wallet file. One of an earlier release gets the keys that it lacks, and is written anew.
func Open(path, passphrase string, random io.Reader) (*Keystore, error) {
	plain, err := readSealed(path, passphrase, maxWalletFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &Error{ErrAbsent, path, "create one, or restore a backup"}
	}
	if err != nil {
		return nil, err
	}
	var file walletFile
	if err := canon.Unmarshal(plain, &file, canon.Limits{Bytes: 64 << 10, Depth: 8}); err != nil {
		return nil, &Error{ErrDamaged, path, "restore a backup; the passphrase was right"}
	}
	w, fresh, err := file.wallet(random)
	if err != nil {
		return nil, &Error{errors.Join(ErrDamaged, err), path, "restore a backup; the passphrase was right"}
	}
	k := &Keystore{path: path, passphrase: passphrase, random: random, wallet: w}
	if fresh {
		err = k.save(passphrase, w)
	}
	return k, err
}

// Wallet is the keys as they are now.
func (k *Keystore) Wallet() Wallet { return k.wallet }

// Path is the file.
func (k *Keystore) Path() string { return k.path }

// ChangePassphrase writes the file anew. Backups keep their own passphrase.
func (k *Keystore) ChangePassphrase(passphrase string) error {
	if err := k.save(passphrase, k.wallet); err != nil {
		return err
	}
	k.passphrase = passphrase
	return nil
}

// Rotate draws one key anew and writes the file. The old key is gone: close channels of an old session key first, and
// update the provider's entry on the ledger after rotating receipt or p2p keys.
func (k *Keystore) Rotate(key Key) error {
	w, err := k.wallet.rotated(key, k.random)
	if err != nil {
		return err
	}
	if err := k.save(k.passphrase, w); err != nil {
		return err
	}
	k.wallet = w
	return nil
}

func create(path, passphrase string, random io.Reader, w Wallet) (*Keystore, error) {
	plain, err := canon.Marshal(w.file())
	if err != nil {
		return nil, err
	}
	sealed, err := seal(plain, passphrase)
	if err != nil {
		return nil, err
	}
	if err := writeNew(path, sealed); err != nil {
		return nil, err
	}
	return &Keystore{path: path, passphrase: passphrase, random: random, wallet: w}, nil
}

func (k *Keystore) save(passphrase string, w Wallet) error {
	plain, err := canon.Marshal(w.file())
	if err != nil {
		return err
	}
	sealed, err := seal(plain, passphrase)
	if err != nil {
		return err
	}
	return replace(k.path, sealed)
}
