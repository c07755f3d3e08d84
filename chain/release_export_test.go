package chain

import (
	"encoding/json"

	cmttypes "github.com/cometbft/cometbft/types"

	dbm "github.com/cosmos/cosmos-db"
)

// NewGenesisOf is a genesis as a program of an older release makes it.
func NewGenesisOf(cfg GenesisConfig, number int) (*cmttypes.GenesisDoc, error) {
	app, err := NewApp(AppConfig{ChainID: cfg.ChainID, DB: dbm.NewMemDB(), Release: number})
	if err != nil {
		return nil, err
	}
	state, err := app.genesisState(cfg)
	if err != nil {
		return nil, err
	}
	raw, err := json.Marshal(state)
	if err != nil {
		return nil, err
	}
	doc := &cmttypes.GenesisDoc{
		GenesisTime: cfg.Time.UTC(), ChainID: cfg.ChainID, InitialHeight: 1, ConsensusParams: app.consensusParams(), AppState: raw,
	}
	for _, v := range cfg.Validators {
		doc.Validators = append(doc.Validators, cmttypes.GenesisValidator{PubKey: v.Key, Power: v.Power, Name: v.Name})
	}
	return doc, doc.ValidateAndComplete()
}
