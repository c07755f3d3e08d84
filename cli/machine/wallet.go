package machine

import (
	"crypto/rand"
	"errors"
	"os"
	"strings"

	"ayni.example/credit/keystore"
	"ayni.example/internal/ethkey"
	"ayni.example/internal/home"
)

// adviceError is an error with advice for the person at the machine.
type adviceError struct {
	err  error
	hint string
}

func (a adviceError) Error() string { return a.err.Error() }
func (a adviceError) Unwrap() error { return a.err }
func (a adviceError) Hint() string  { return a.hint }

// advice adds a hint to an error.
func advice(err error, hint string) error { return adviceError{err, hint} }

// openWallet opens the home's wallet; create makes one where there is none.
func openWallet(h *home.Home, file string, create bool) (*keystore.Keystore, error) {
	_, err := os.Stat(h.Wallet())
	absent := errors.Is(err, os.ErrNotExist)
	if absent && !create {
		return nil, advice(keystore.ErrAbsent, "`ayni up` makes one; `ayni wallet restore FILE` brings one back")
	}
	secret, err := passphrase(h, file, absent)
	if err != nil {
		return nil, err
	}
	if absent {
		return keystore.Create(h.Wallet(), secret, rand.Reader)
	}
	keys, err := keystore.Open(h.Wallet(), secret, rand.Reader)
	switch {
	case errors.Is(err, keystore.ErrPassphrase):
		return nil, advice(err, "name the right one with --passphrase-file or AYNI_PASSPHRASE; nothing was changed")
	case err != nil:
		return nil, advice(err, "nothing was changed; `ayni wallet restore BACKUP --home NEW` brings the keys of a backup into an empty home")
	}
	return keys, nil
}

// OpenWallet opens an existing wallet for commands that work without the process.
func OpenWallet(h *home.Home, passphraseFile string) (*keystore.Keystore, error) {
	return openWallet(h, passphraseFile, false)
}

// Address is a wallet's account on the ledger.
func Address(w keystore.Wallet) string { return accountOf(accountKey(w)) }

func accountKey(w keystore.Wallet) *ethkey.PrivKey { return &ethkey.PrivKey{Key: w.Account[:]} }

func firstLine(text []byte) string {
	line, _, _ := strings.Cut(string(text), "\n")
	return strings.TrimSuffix(line, "\r")
}
