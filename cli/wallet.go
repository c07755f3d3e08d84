package cli

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"ayni.example/cli/machine"
	"ayni.example/credit/keystore"
	"ayni.example/internal/home"
	"ayni.example/web/operator"
)

// validatorKey is the file, under the home, of the key that signs blocks; a backup takes it along.
const validatorKey = "ledger/config/priv_validator_key.json"

// validatorState is the file that keeps a validator from signing a height twice; CometBFT wants one beside the key.
const (
	validatorState = "ledger/data/priv_validator_state.json"
	unsigned       = `{"height": "0", "round": 0, "step": 0}`
)

func (a *app) wallet() *cobra.Command {
	cmd := &cobra.Command{Use: "wallet", Short: "Keys and money of this machine"}
	show := a.walletShow()
	cmd.AddCommand(show, a.walletBackup(), a.walletRestore(), a.walletRotate(), a.walletPassphrase())
	return cmd
}

func (a *app) walletShow() *cobra.Command {
	return &cobra.Command{
		Use: "show", Short: "Print address, balances, the price of gas and what is left of the account's quota", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			remote, err := a.remote()
			if err != nil {
				return err
			}
			w, err := remote.Wallet(cmd.Context())
			if err != nil {
				return advise(err)
			}
			return a.print(w, table{rows: walletRows(w)})
		},
	}
}

func walletRows(w operator.Wallet) [][]string {
	quota := "none"
	if w.Quota > 0 {
		quota = fmt.Sprintf("%d of %d gas left in this period", w.QuotaLeft, w.Quota)
	}
	return [][]string{
		{"address", w.Address},
		{"hex", w.Hex},
		{"balance", w.Balance},
		{"bonded", w.Bonded},
		{"in channels", w.Deposited},
		{"promised", w.Promised},
		{"to be claimed", w.Receivable},
		{"fees paid", w.Fees},
		{"price of gas", w.GasPrice + " acredit"},
		{"quota", quota},
	}
}

// offline opens the wallet under the home's lock, for changes that a running process must not miss.
func (a *app) offline(passphraseFile string, do func(*home.Home, *keystore.Keystore) error) error {
	h, err := a.open()
	if err != nil {
		return err
	}
	if err := h.Create(); err != nil {
		return err
	}
	if err := h.Lock(); err != nil {
		return err
	}
	keys, err := machine.OpenWallet(h, passphraseFile)
	if err == nil {
		err = do(h, keys)
	}
	return errors.Join(started(err), h.Unlock())
}

func (a *app) walletBackup() *cobra.Command {
	var passphraseFile, backupFile string
	cmd := &cobra.Command{
		Use: "backup FILE", Short: "Write all keys into one encrypted file", Args: cobra.ExactArgs(1),
		Long: `Write all keys, the one that signs blocks too, into one age file with a passphrase of its own. Keep file and passphrase apart from
this machine. The stock age tool can open it. It works while the machine runs. The record of what was signed last is not in it, and
belongs in no backup: an old one forbids too little.`,
		RunE: func(_ *cobra.Command, args []string) error {
			h, err := a.open()
			if err != nil {
				return err
			}
			keys, err := machine.OpenWallet(h, passphraseFile)
			if err != nil {
				return started(err)
			}
			secret, drawn, err := newSecret(backupFile)
			if err != nil {
				return err
			}
			extra := map[string][]byte{}
			switch text, err := os.ReadFile(filepath.Join(h.Dir(), validatorKey)); {
			case err == nil:
				extra[validatorKey] = text
			case !errors.Is(err, fs.ErrNotExist): // a backup that silently lacks the seat's key is none
				return fmt.Errorf("back up the key that signs blocks: %w", err)
			}
			if err := keys.Backup(args[0], secret, extra); err != nil {
				return started(err)
			}
			if drawn {
				fmt.Fprintln(a.stderr, "the backup's passphrase, shown once; write it down and keep it apart from the file:")
				fmt.Fprintln(a.stdout, secret)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&passphraseFile, "passphrase-file", "", "file with the wallet's passphrase (default HOME/passphrase)")
	cmd.Flags().StringVar(&backupFile, "backup-passphrase-file", "", "file with the passphrase for the backup (default: one is drawn and printed)")
	return cmd
}

// newSecret reads a passphrase for a new file, or draws one.
func newSecret(file string) (secret string, drawn bool, err error) {
	if file == "" {
		return rand.Text(), true, nil
	}
	text, err := home.ReadFile(file, fileMax)
	return strings.TrimRight(string(text), "\r\n"), false, err
}

func (a *app) walletRestore() *cobra.Command {
	var backupFile string
	var validator bool
	cmd := &cobra.Command{
		Use: "restore FILE", Short: "Bring the keys of a backup into an empty home", Args: cobra.ExactArgs(1),
		Long: `Bring the keys of a backup into an empty home. With --validator the key that signs blocks comes along: only when the machine
that had it will never run again. The new home listens before it signs (ayni network show).`,
		RunE: func(_ *cobra.Command, args []string) error {
			h, err := a.open()
			if err != nil {
				return err
			}
			secret, _, err := newSecret(backupFile)
			if backupFile == "" || err != nil {
				return errors.Join(usage(errors.New("--backup-passphrase-file is needed")), err)
			}
			if err := h.Create(); err != nil {
				return err
			}
			if err := h.Lock(); err != nil {
				return err
			}
			return errors.Join(started(restore(h, args[0], secret, validator)), h.Unlock())
		},
	}
	cmd.Flags().StringVar(&backupFile, "backup-passphrase-file", "", "file with the backup's passphrase")
	cmd.Flags().BoolVar(&validator, "validator", false, "restore the key that signs blocks too")
	return cmd
}

func restore(h *home.Home, from, secret string, validator bool) error {
	local := rand.Text()
	_, extra, err := keystore.Restore(from, secret, h.Wallet(), local, rand.Reader)
	if err != nil {
		return err
	}
	if err := home.WriteFile(h.Passphrase(), []byte(local+"\n")); err != nil {
		return err
	}
	if !validator {
		return nil
	}
	key, ok := extra[validatorKey]
	if !ok {
		return errors.New("the backup holds no key that signs blocks")
	}
	for name, content := range map[string][]byte{validatorKey: key, validatorState: []byte(unsigned)} {
		path := filepath.Join(h.Dir(), name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := home.WriteFile(path, content); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) walletRotate() *cobra.Command {
	var passphraseFile string
	cmd := &cobra.Command{
		Use: "rotate session|receipt|p2p|artifact", Short: "Draw one key anew", Args: cobra.ExactArgs(1), ValidArgs: []string{"session", "receipt", "p2p", "artifact"},
		Long: `Draw one key anew, while the machine is stopped. receipt and p2p: the entry on the ledger is updated at the next start, and
receipts signed with the old key still verify. artifact: what the old one signed stays good, the new one is bound to the account with
the next registration. session: close the channels first (ayni channel close).`,
		RunE: func(_ *cobra.Command, args []string) error {
			return a.offline(passphraseFile, func(_ *home.Home, keys *keystore.Keystore) error { return keys.Rotate(keystore.Key(args[0])) })
		},
	}
	cmd.Flags().StringVar(&passphraseFile, "passphrase-file", "", "file with the wallet's passphrase (default HOME/passphrase)")
	return cmd
}

func (a *app) walletPassphrase() *cobra.Command {
	var old, next string
	cmd := &cobra.Command{
		Use: "passphrase", Short: "Change the passphrase that opens the wallet", Args: cobra.NoArgs,
		Long: `Change the passphrase that opens the wallet, while the machine is stopped. With a passphrase that is not HOME/passphrase the
machine starts only with --passphrase-file or AYNI_PASSPHRASE; remove HOME/passphrase then.`,
		RunE: func(_ *cobra.Command, _ []string) error {
			secret, _, err := newSecret(next)
			if next == "" || err != nil {
				return errors.Join(usage(errors.New("--new-passphrase-file is needed")), err)
			}
			return a.offline(old, func(_ *home.Home, keys *keystore.Keystore) error { return keys.ChangePassphrase(secret) })
		},
	}
	cmd.Flags().StringVar(&old, "passphrase-file", "", "file with the present passphrase (default HOME/passphrase)")
	cmd.Flags().StringVar(&next, "new-passphrase-file", "", "file with the new passphrase")
	return cmd
}
