// Package home knows the folder in which one machine keeps everything: where each file lies, that one process holds it at a
// time, and how to reach the process that does.
//
//	HOME/config.yaml   what the owner set (optional)
//	HOME/wallet.age    all keys but the validator's, encrypted
//	HOME/passphrase    unlocks the wallet unattended (only when no other passphrase was given)
//	HOME/ledger/       the ledger node: genesis, validator key, blocks, state
//	HOME/data/ayni.db  vouchers, receipts, API keys
//	HOME/data/index.db the ledger's blocks and events, to be searched
//	HOME/models/       models: manifests by name, blobs by digest
//	HOME/artifacts/    blobs by digest that other machines may fetch
//	HOME/vault/        personal data, each object encrypted
//	HOME/peers         ledger nodes to stay connected to, ID@HOST:PORT in lines
//	HOME/layout        number of this arrangement of files (layout.go)
//	HOME/backup/       files from before they were arranged anew
//	HOME/run/          lock and address of the running process
package home

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// ErrLocked tells that another process holds the home.
var ErrLocked = errors.New("another ayni process uses this home")

// ErrAbsent tells that nothing was ever started here.
var ErrAbsent = errors.New("this home holds no network yet")

// Home is the folder of one machine.
type Home struct {
	dir  string
	lock *os.File
}

// Default is $AYNI_HOME, or .ayni in the user's home directory.
func Default() (string, error) {
	if dir := os.Getenv("AYNI_HOME"); dir != "" {
		return dir, nil
	}
	user, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("find the home directory: %w", err)
	}
	return filepath.Join(user, ".ayni"), nil
}

// At names a home without touching it.
func At(dir string) (*Home, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("home %s: %w", dir, err)
	}
	return &Home{dir: abs}, nil
}

// Create makes the folders, readable by their owner alone.
func (h *Home) Create() error {
	for _, dir := range []string{h.dir, h.Ledger(), filepath.Dir(h.Database()), h.run()} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("create home: %w", err)
		}
	}
	return nil
}

// Lock holds the home until Unlock or the end of the process, and brings its files to this program's layout; ErrLocked when
// another process holds it.
func (h *Home) Lock() error {
	file, err := os.OpenFile(filepath.Join(h.run(), "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("lock home: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return errors.Join(fmt.Errorf("%w: %s", ErrLocked, h.dir), file.Close())
	}
	h.lock = file
	if err := h.settle(migrations()); err != nil {
		return errors.Join(err, h.Unlock())
	}
	return nil
}

// Unlock lets the home go.
func (h *Home) Unlock() error {
	if h.lock == nil {
		return nil
	}
	err := h.lock.Close()
	h.lock = nil
	return err
}

// Exists tells whether a network was started or joined here.
func (h *Home) Exists() bool {
	_, err := os.Stat(h.Genesis())
	return err == nil
}

// Dir is the folder itself.
func (h *Home) Dir() string { return h.dir }

// Config is the owner's settings.
func (h *Home) Config() string { return filepath.Join(h.dir, "config.yaml") }

// Payments is the file of what routes cost.
func (h *Home) Payments() string { return filepath.Join(h.dir, "payments.yaml") }

// Topup is the file of how money from elsewhere comes to API keys.
func (h *Home) Topup() string { return filepath.Join(h.dir, "topup.yaml") }

// Wallet holds the encrypted keys.
func (h *Home) Wallet() string { return filepath.Join(h.dir, "wallet.age") }

// Passphrase unlocks the wallet unattended.
func (h *Home) Passphrase() string { return filepath.Join(h.dir, "passphrase") }

// Peers lists the ledger nodes to stay connected to.
func (h *Home) Peers() string { return filepath.Join(h.dir, "peers") }

// Ledger is the ledger node's folder.
func (h *Home) Ledger() string { return filepath.Join(h.dir, "ledger") }

// Genesis is the network's first state.
func (h *Home) Genesis() string { return filepath.Join(h.Ledger(), "config", "genesis.json") }

// Database holds vouchers, receipts and API keys.
func (h *Home) Database() string { return filepath.Join(h.dir, "data", "ayni.db") }

// Index holds what the ledger says, to be searched; it can be made again from the ledger.
func (h *Home) Index() string { return filepath.Join(h.dir, "data", "index.db") }

// Artifacts is the store of blobs that others may fetch.
func (h *Home) Artifacts() string { return filepath.Join(h.dir, "artifacts") }

// Models is the store of models.
func (h *Home) Models() string { return filepath.Join(h.dir, "models") }

// Provable is the folder of the models whose answers this machine proves.
func (h *Home) Provable() string { return filepath.Join(h.dir, "provable") }

// Vault is the folder of personal data.
func (h *Home) Vault() string { return filepath.Join(h.dir, "vault") }

// Lineage is the folder of what this machine's artefacts were made from.
func (h *Home) Lineage() string { return filepath.Join(h.dir, "lineage") }

// Pools is the folder of the pools of data that this machine keeps.
func (h *Home) Pools() string { return filepath.Join(h.dir, "pools") }

func (h *Home) run() string { return filepath.Join(h.dir, "run") }
