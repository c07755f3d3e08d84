package chain

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	dbm "github.com/cosmos/cosmos-db"
	"github.com/cosmos/cosmos-sdk/baseapp"
	"github.com/cosmos/cosmos-sdk/store/v2/snapshots"
	snapshottypes "github.com/cosmos/cosmos-sdk/store/v2/snapshots/types"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
)

const (
	// snapshotInterval and snapshotKeep let a new node fetch a state that is some hundreds of blocks old. Two are kept, so that one
	// is whole while the next is written.
	snapshotIntervalDefault, snapshotKeepDefault = 1_000, 2
	// snapshotWait bounds how long a node that stops waits for a snapshot that is being written.
	snapshotWait, snapshotLook = 30 * time.Second, 10 * time.Millisecond
	// retainDefault is years of an idle ledger and days of a busy one. A node that starts from the genesis needs all blocks; one
	// that fetches the state does not.
	retainDefault = 1_000_000
)

// SnapshotConfig says where snapshots of the state are kept, and how many.
type SnapshotConfig struct {
	Folder   string // none: no snapshots
	DB       dbm.DB // of what is in Folder
	Interval uint64 // in blocks
	Keep     uint32 // snapshots
}

// open returns the option that has the application take snapshots and serve them.
func (c SnapshotConfig) open() (func(*baseapp.BaseApp), error) {
	if c.Folder == "" {
		return func(*baseapp.BaseApp) {}, nil
	}
	store, err := snapshots.NewStore(c.DB, c.Folder)
	if err != nil {
		return nil, fmt.Errorf("open snapshots: %w", err)
	}
	if err := sweepSnapshots(store, c.Folder); err != nil {
		return nil, fmt.Errorf("sweep snapshots: %w", err)
	}
	return baseapp.SetSnapshot(store, snapshottypes.NewSnapshotOptions(c.Interval, c.Keep)), nil
}

// sweepSnapshots deletes what a kill left of snapshots that were being written: the SDK counts only whole ones.
func sweepSnapshots(store *snapshots.Store, folder string) error {
	list, err := store.List()
	if err != nil {
		return err
	}
	whole := map[string]bool{}
	for _, s := range list {
		whole[strconv.FormatUint(s.Height, 10)] = true
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if _, err := strconv.ParseUint(entry.Name(), 10, 64); err != nil || whole[entry.Name()] {
			continue // the database of the list, for one
		}
		if err := os.RemoveAll(filepath.Join(folder, entry.Name())); err != nil {
			return err
		}
	}
	return nil
}

// finishSnapshot waits for a snapshot that is being written, since its goroutine reads databases that are about to be closed.
func (a *App) finishSnapshot() {
	manager := a.SnapshotManager()
	if manager == nil || a.LastBlockHeight() == 0 { // in the latter case it may be busy restoring one
		return
	}
	for range snapshotWait / snapshotLook {
		// A manager says that it is busy only when asked for work; this much is none.
		if _, err := manager.Prune(manager.GetKeepRecent()); !errors.Is(err, storetypes.ErrConflict) {
			return
		}
		time.Sleep(snapshotLook)
	}
}

// snapshots is where the node keeps snapshots and how many.
func (d *databases) snapshots() (SnapshotConfig, error) {
	if d.cfg.Memory || d.cfg.SnapshotInterval < 0 {
		return SnapshotConfig{}, nil
	}
	c := SnapshotConfig{
		Folder:   filepath.Join(d.cfg.root(), "snapshots"),
		Interval: uint64(orDefault(d.cfg.SnapshotInterval, snapshotIntervalDefault)),
		Keep:     orDefault(d.cfg.SnapshotKeep, snapshotKeepDefault),
	}
	if err := os.MkdirAll(c.Folder, folderMode); err != nil {
		return c, fmt.Errorf("make snapshots folder: %w", err)
	}
	db, err := dbm.NewDB("metadata", dbm.GoLevelDBBackend, c.Folder)
	if err != nil {
		return c, openError(err)
	}
	d.opened, c.DB = append(d.opened, db.Close), db
	return c, nil
}
