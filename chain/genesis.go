package chain

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	cmtcrypto "github.com/cometbft/cometbft/crypto"
	cmted25519 "github.com/cometbft/cometbft/crypto/ed25519"
	cmtjson "github.com/cometbft/cometbft/libs/json"
	cmttypes "github.com/cometbft/cometbft/types"

	"cosmossdk.io/math"

	dbm "github.com/cosmos/cosmos-db"
	"github.com/cosmos/cosmos-sdk/types/module"

	"ayni.example/x/beacon"
	"ayni.example/x/council"
	"ayni.example/x/credit"
	"ayni.example/x/fee"
	"ayni.example/x/provenance"
	"ayni.example/x/provider"
)

// GenesisMaxBytes bounds what DecodeGenesis reads; a genesis travels in an invite.
const GenesisMaxBytes = 4 << 20

// chainIDForm is that of the EVM's networks: a name, the EIP-155 number and the revision.
var chainIDForm = regexp.MustCompile(`^ayni_[1-9][0-9]{0,9}-[1-9][0-9]{0,8}$`)

// EvidenceMaxBlocks and EvidenceMaxAge bound the age of evidence; both must be over before it comes too late. Every validator
// keeps the blocks of that time, and the council remembers the keys that were in use then.
const (
	EvidenceMaxBlocks = 20_000
	EvidenceMaxAge    = 48 * time.Hour
)

// GenesisConfig says how a new network begins.
type GenesisConfig struct {
	ChainID    string // from NewChainID
	Time       time.Time
	Admin      string // account that appoints issuers, changes parameters and suspends providers
	Accounts   []GenesisAccount
	Issuers    []credit.Issuer
	Validators []GenesisValidator // at least one
	Credit     *credit.Params     // none: the defaults; the admin is set in any case
	Fee        *fee.Params        // likewise
	Provider   *provider.Params   // likewise
	Provenance *provenance.Params // none: the defaults
	Council    *council.Params    // none: the defaults
	Beacon     *beacon.Params     // none: the defaults
}

// GenesisAccount is an account with a first balance.
type GenesisAccount struct {
	Address string
	Balance math.Int // acredit
}

// GenesisValidator is one of the first block makers.
type GenesisValidator struct {
	Name     string
	Operator string // its account
	Key      cmtcrypto.PubKey
	Power    int64  // 1 to 1,000,000
	Peer     string // where others reach its node, ID@HOST:PORT; may be empty
}

// NewChainID draws the id of a new network. It is random, since a voucher of one network would otherwise count in another
// between the same two people.
func NewChainID(random io.Reader) (string, error) {
	var b [4]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fmt.Errorf("draw chain id: %w", err)
	}
	return fmt.Sprintf("ayni_%d-1", max(1, binary.BigEndian.Uint32(b[:]))), nil
}

// CheckID tells whether a text is a chain id.
func CheckID(id string) error {
	if !chainIDForm.MatchString(id) {
		return fmt.Errorf("%w: chain id %q is not of the form ayni_NUMBER-1", ErrGenesis, id)
	}
	return nil
}

// NewGenesis makes the first state of a network.
func NewGenesis(cfg GenesisConfig) (*cmttypes.GenesisDoc, error) {
	if err := CheckID(cfg.ChainID); err != nil {
		return nil, err
	}
	if err := checkValidators(cfg.Validators); err != nil {
		return nil, err
	}
	app, err := NewApp(AppConfig{ChainID: cfg.ChainID, DB: dbm.NewMemDB()})
	if err != nil {
		return nil, err
	}
	state, err := app.genesisState(cfg)
	if err != nil {
		return nil, err
	}
	if err := app.validate(state); err != nil {
		return nil, err
	}
	raw, err := json.Marshal(state)
	if err != nil {
		return nil, fmt.Errorf("encode genesis state: %w", err)
	}
	doc := &cmttypes.GenesisDoc{
		GenesisTime: cfg.Time.UTC(), ChainID: cfg.ChainID, InitialHeight: 1, ConsensusParams: app.consensusParams(), AppState: raw,
	}
	for _, v := range cfg.Validators {
		doc.Validators = append(doc.Validators, cmttypes.GenesisValidator{
			Address: v.Key.Address(), PubKey: v.Key, Power: v.Power, Name: v.Name,
		})
	}
	if err := doc.ValidateAndComplete(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrGenesis, err)
	}
	return doc, app.rehearse(doc)
}

// EncodeGenesis is the one form in which a genesis is stored, sent and digested.
func EncodeGenesis(doc *cmttypes.GenesisDoc) ([]byte, error) {
	raw, err := cmtjson.Marshal(doc)
	if err != nil {
		return nil, fmt.Errorf("encode genesis: %w", err)
	}
	return raw, nil
}

// DecodeGenesis reads what EncodeGenesis wrote and nothing else, and checks it as far as it can be checked without running it.
func DecodeGenesis(raw []byte) (*cmttypes.GenesisDoc, error) {
	if len(raw) > GenesisMaxBytes {
		return nil, fmt.Errorf("%w: %d bytes exceed %d", ErrGenesis, len(raw), GenesisMaxBytes)
	}
	doc := new(cmttypes.GenesisDoc)
	if err := cmtjson.Unmarshal(raw, doc); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrGenesis, err)
	}
	if err := CheckID(doc.ChainID); err != nil {
		return nil, err
	}
	var validators []GenesisValidator
	for _, v := range doc.Validators {
		validators = append(validators, GenesisValidator{Name: v.Name, Key: v.PubKey, Power: v.Power})
	}
	if err := checkValidators(validators); err != nil {
		return nil, err
	}
	if err := doc.ValidateAndComplete(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrGenesis, err)
	}
	again, err := EncodeGenesis(doc)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(raw, again) {
		return nil, fmt.Errorf("%w: not in its canonical form", ErrGenesis)
	}
	return doc, nil
}

// CheckGenesis runs a genesis from elsewhere in memory, as far as the state before the first block.
func CheckGenesis(doc *cmttypes.GenesisDoc) error {
	app, err := NewApp(AppConfig{ChainID: doc.ChainID, DB: dbm.NewMemDB()})
	if err != nil {
		return err
	}
	return app.rehearse(doc)
}

// consensusParams bound blocks and age evidence; CometBFT's own defaults have no bound on gas.
func consensusParams() *cmttypes.ConsensusParams {
	params := cmttypes.DefaultConsensusParams()
	params.Block.MaxBytes = BlockMaxBytes
	params.Block.MaxGas = BlockMaxGas
	params.Evidence.MaxAgeNumBlocks, params.Evidence.MaxAgeDuration = EvidenceMaxBlocks, EvidenceMaxAge
	return params
}

// consensusParams are those of a new ledger of the application's release.
func (a *App) consensusParams() *cmttypes.ConsensusParams {
	params := consensusParams()
	if a.runs(beacon.ModuleName) {
		params.ABCI.VoteExtensionsEnableHeight = 1
	}
	return params
}

func checkValidators(validators []GenesisValidator) error {
	if len(validators) == 0 {
		return fmt.Errorf("%w: no validator", ErrGenesis)
	}
	for _, v := range validators {
		if key, ok := v.Key.(cmted25519.PubKey); !ok || len(key) != cmted25519.PubKeySize { // others panic when used
			return fmt.Errorf("%w: validator %q has no Ed25519 key", ErrGenesis, v.Name)
		}
		if v.Power < 1 || v.Power > council.PowerMax {
			return fmt.Errorf("%w: validator %q has power %d instead of 1 to %d", ErrGenesis, v.Name, v.Power, council.PowerMax)
		}
	}
	return nil
}

// rehearse loads a genesis as a node would at its first start, so that a fault shows while it can be mended. Modules answer a
// bad genesis with a panic, as the SDK asks of them.
func (a *App) rehearse(doc *cmttypes.GenesisDoc) (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("%w: %v", ErrGenesis, fault)
		}
	}()
	params := doc.ConsensusParams.ToProto()
	validators := make([]*cmttypes.Validator, 0, len(doc.Validators))
	for _, v := range doc.Validators {
		validators = append(validators, cmttypes.NewValidator(v.PubKey, v.Power))
	}
	if _, err := a.InitChain(&abci.RequestInitChain{
		Time: doc.GenesisTime, ChainId: doc.ChainID, InitialHeight: doc.InitialHeight, ConsensusParams: &params,
		Validators: cmttypes.TM2PB.ValidatorUpdates(cmttypes.NewValidatorSet(validators)), AppStateBytes: doc.AppState,
	}); err != nil {
		return fmt.Errorf("%w: %w", ErrGenesis, err)
	}
	return nil
}

// validate asks every module about its part of the state.
func (a *App) validate(state map[string]json.RawMessage) error {
	if err := module.NewBasicManagerFromManager(a.modules, nil).ValidateGenesis(a.Encoding.Codec, a.Encoding.Tx, state); err != nil {
		return fmt.Errorf("%w: %w", ErrGenesis, err)
	}
	return nil
}
