package chain

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	cmtdb "github.com/cometbft/cometbft-db"
	cmtcfg "github.com/cometbft/cometbft/config"
	cmttypes "github.com/cometbft/cometbft/types"

	dbm "github.com/cosmos/cosmos-db"
)

// ErrNoLedger is a home without a ledger, where a genesis is needed.
var ErrNoLedger = errors.New("this home has no ledger yet; start a network or join one")

// ErrOtherNetwork is a home whose ledger began with another genesis than the one given.
var ErrOtherNetwork = errors.New("this home belongs to another network; use another home")

// LoadGenesis reads the genesis that the home's ledger began with.
func LoadGenesis(home string) (*cmttypes.GenesisDoc, error) {
	raw, err := os.ReadFile(genesisFile(NodeConfig{Home: home}))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNoLedger
	}
	if err != nil {
		return nil, fmt.Errorf("read genesis: %w", err)
	}
	return DecodeGenesis(raw)
}

func genesisFile(cfg NodeConfig) string { return filepath.Join(cfg.root(), "config", "genesis.json") }

// settleGenesis keeps the given genesis with a new home, and refuses it for a home that began with another.
func settleGenesis(cfg NodeConfig) (*cmttypes.GenesisDoc, error) {
	kept, err := LoadGenesis(cfg.Home)
	if errors.Is(err, ErrNoLedger) && cfg.Genesis != nil {
		return cfg.Genesis, keepGenesis(cfg)
	}
	if err != nil || cfg.Genesis == nil {
		return kept, err
	}
	have, err := EncodeGenesis(kept)
	if err != nil {
		return nil, err
	}
	want, err := EncodeGenesis(cfg.Genesis)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(have, want) {
		return nil, fmt.Errorf("%w: %s is kept here, %s was given", ErrOtherNetwork, kept.ChainID, cfg.Genesis.ChainID)
	}
	return kept, nil
}

// keepGenesis checks the genesis, which may come from an invite, and writes the file whole or not at all.
func keepGenesis(cfg NodeConfig) error {
	raw, err := EncodeGenesis(cfg.Genesis)
	if err != nil {
		return err
	}
	if _, err := DecodeGenesis(raw); err != nil {
		return err
	}
	// A home that fetches the state never runs the genesis, which may be of an older release.
	if !cfg.StateSync.enabled() {
		if err := CheckGenesis(cfg.Genesis); err != nil {
			return err
		}
	}
	path := genesisFile(cfg)
	if err := os.WriteFile(path+".new", raw, 0o600); err != nil {
		return fmt.Errorf("keep genesis: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("keep genesis: %w", err)
	}
	return nil
}

// databases opens the node's databases and closes them all, since CometBFT leaves some open when it stops and a home could not
// be opened again by the same process.
type databases struct {
	cfg    NodeConfig
	close  func()
	opened []func() error
}

func newDatabases(cfg NodeConfig) *databases {
	d := &databases{cfg: cfg}
	d.close = func() {
		for _, closeOne := range d.opened {
			_ = closeOne() // closed before by CometBFT, mostly
		}
	}
	return d
}

// application opens the state machine's database.
func (d *databases) application() (dbm.DB, error) {
	if d.cfg.Memory {
		return dbm.NewMemDB(), nil
	}
	db, err := dbm.NewDB("application", dbm.GoLevelDBBackend, filepath.Join(d.cfg.root(), cmtcfg.DefaultDataDir))
	if err != nil {
		return nil, openError(err)
	}
	d.opened = append(d.opened, db.Close)
	return db, nil
}

// comet opens one of CometBFT's databases.
func (d *databases) comet(request *cmtcfg.DBContext) (db cmtdb.DB, err error) {
	if d.cfg.Memory {
		db = cmtdb.NewMemDB()
	} else if db, err = cmtdb.NewDB(request.ID, cmtdb.GoLevelDBBackend, request.Config.DBDir()); err != nil {
		return nil, openError(err)
	}
	d.opened = append(d.opened, db.Close)
	return db, nil
}

// openError names the usual cause. The lock's error is the system's own, without a type of the database.
func openError(err error) error {
	if strings.Contains(err.Error(), "resource temporarily unavailable") {
		return fmt.Errorf("%w: %w", ErrHomeBusy, err)
	}
	return fmt.Errorf("open ledger database: %w", err)
}
