package keystore

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"

	"ayni.example/internal/canon"
)

const (
	backupVersion  = 1
	maxBackupFiles = 32
	maxBackupName  = 128
)

// backupFile is the plain text of a backup.
type backupFile struct {
	Version int               `json:"version"`
	Wallet  walletFile        `json:"wallet"`
	Files   map[string][]byte `json:"files,omitempty"`
}

// Backup writes the wallet and extra files, such as the consensus key, into one age file of its own passphrase. Names are
// relative, with slashes. An existing file is never overwritten.
func (k *Keystore) Backup(to, passphrase string, extra map[string][]byte) error {
	if err := checkNames(extra); err != nil {
		return err
	}
	plain, err := canon.Marshal(backupFile{Version: backupVersion, Wallet: k.wallet.file(), Files: extra})
	if err != nil {
		return err
	}
	if len(plain) > maxBackupFile/2 {
		return fmt.Errorf("back up %d bytes: at most %d", len(plain), maxBackupFile/2)
	}
	sealed, err := seal(plain, passphrase)
	if err != nil {
		return err
	}
	return writeNew(to, sealed)
}

// Restore reads a backup and writes the wallet to path under a passphrase of its own. It returns the extra files for the
// caller to put back; an existing wallet is never overwritten.
func Restore(from, backupPassphrase, path, passphrase string, random io.Reader) (*Keystore, map[string][]byte, error) {
	plain, err := readSealed(from, backupPassphrase, maxBackupFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, &Error{ErrAbsent, from, "name the backup file"}
	}
	if err != nil {
		return nil, nil, err
	}
	var backup backupFile
	if err := canon.Unmarshal(plain, &backup, canon.Limits{Bytes: maxBackupFile, Depth: 8}); err != nil || backup.Version != backupVersion {
		return nil, nil, &Error{ErrDamaged, from, "it opens, but is no backup of this program's version"}
	}
	if err := checkNames(backup.Files); err != nil {
		return nil, nil, &Error{errors.Join(ErrDamaged, err), from, "use another backup"}
	}
	w, _, err := backup.Wallet.wallet(random)
	if err != nil {
		return nil, nil, &Error{errors.Join(ErrDamaged, err), from, "use another backup"}
	}
	k, err := create(path, passphrase, random, w)
	if err != nil {
		return nil, nil, err
	}
	return k, backup.Files, nil
}

// checkNames keeps a restored file inside the home folder.
func checkNames(files map[string][]byte) error {
	if len(files) > maxBackupFiles {
		return fmt.Errorf("%d extra files, at most %d", len(files), maxBackupFiles)
	}
	for name := range files {
		if len(name) > maxBackupName || !fs.ValidPath(name) || name == "." || path.Clean(name) != name {
			return fmt.Errorf("extra file %q is not a relative path", name)
		}
	}
	return nil
}
