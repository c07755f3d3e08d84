package chain

import (
	"encoding/json"
	"fmt"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/module"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"ayni.example/internal/ethkey"
	"ayni.example/x/beacon"
	"ayni.example/x/council"
	"ayni.example/x/credit"
	"ayni.example/x/fee"
	"ayni.example/x/provenance"
	"ayni.example/x/provider"
)

// displayExponent makes 10^18 acredit one credit, as wallets made for Ethereum expect.
const displayExponent = 18

// genesisState is every module's default with what cfg sets.
func (a *App) genesisState(cfg GenesisConfig) (map[string]json.RawMessage, error) {
	cdc := a.Encoding.Codec
	state := module.NewBasicManagerFromManager(a.modules, nil).DefaultGenesis(cdc)
	seats, err := councilGenesis(cfg.Validators, cfg.Council)
	if err != nil {
		return nil, err
	}
	state[council.ModuleName] = cdc.MustMarshalJSON(seats)
	auth, err := authGenesis(cfg.Accounts)
	if err != nil {
		return nil, err
	}
	state[authtypes.ModuleName] = cdc.MustMarshalJSON(auth)
	bank, err := bankGenesis(cfg.Accounts)
	if err != nil {
		return nil, err
	}
	state[banktypes.ModuleName] = cdc.MustMarshalJSON(bank)

	var money credit.GenesisState
	cdc.MustUnmarshalJSON(state[credit.ModuleName], &money)
	if cfg.Credit != nil {
		money.Params = *cfg.Credit
	}
	money.Params.Admin, money.Issuers = cfg.Admin, cfg.Issuers
	state[credit.ModuleName] = cdc.MustMarshalJSON(&money)

	var fees fee.GenesisState
	cdc.MustUnmarshalJSON(state[fee.ModuleName], &fees)
	if cfg.Fee != nil {
		fees.Params = *cfg.Fee
	}
	fees.Params.Admin = cfg.Admin
	state[fee.ModuleName] = cdc.MustMarshalJSON(&fees)

	var machines provider.GenesisState
	cdc.MustUnmarshalJSON(state[provider.ModuleName], &machines)
	if cfg.Provider != nil {
		machines.Params = *cfg.Provider
	}
	machines.Params.Admin = cfg.Admin
	state[provider.ModuleName] = cdc.MustMarshalJSON(&machines)
	if cfg.Provenance != nil {
		assets := provenance.DefaultGenesis()
		assets.Params = *cfg.Provenance
		state[provenance.ModuleName] = cdc.MustMarshalJSON(assets)
	}
	if cfg.Beacon != nil {
		draws := beacon.DefaultGenesis()
		draws.Params = *cfg.Beacon
		state[beacon.ModuleName] = cdc.MustMarshalJSON(draws)
	}
	return state, nil
}

// authGenesis lists the accounts; their numbers follow the list.
func authGenesis(accounts []GenesisAccount) (*authtypes.GenesisState, error) {
	list := make([]authtypes.GenesisAccount, 0, len(accounts))
	for i, account := range accounts {
		address, err := ethkey.AddressCodec{}.StringToBytes(account.Address)
		if err != nil {
			return nil, fmt.Errorf("%w: account %q: %w", ErrGenesis, account.Address, err)
		}
		list = append(list, authtypes.NewBaseAccount(address, nil, uint64(i), 0))
	}
	packed, err := authtypes.PackAccounts(list)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrGenesis, err)
	}
	return &authtypes.GenesisState{Params: authtypes.DefaultParams(), Accounts: packed}, nil
}

// bankGenesis holds the first balances and what wallets show of the denomination.
func bankGenesis(accounts []GenesisAccount) (*banktypes.GenesisState, error) {
	state := banktypes.DefaultGenesisState()
	state.DenomMetadata = []banktypes.Metadata{{
		Description: "the credit of this network",
		DenomUnits: []*banktypes.DenomUnit{
			{Denom: credit.Denom, Exponent: 0}, {Denom: "credit", Exponent: displayExponent},
		},
		Base: credit.Denom, Display: "credit", Name: "Ayni credit", Symbol: "CREDIT",
	}}
	for _, account := range accounts {
		address, err := ethkey.AddressCodec{}.StringToBytes(account.Address)
		if err != nil {
			return nil, fmt.Errorf("%w: account %q: %w", ErrGenesis, account.Address, err)
		}
		if account.Balance.IsNil() || account.Balance.IsNegative() {
			return nil, fmt.Errorf("%w: account %q has no balance or a negative one", ErrGenesis, account.Address)
		}
		coins := sdk.NewCoins(sdk.NewCoin(credit.Denom, account.Balance))
		state.Balances = append(state.Balances, banktypes.Balance{Address: ethkey.Format(address), Coins: coins})
		state.Supply = state.Supply.Add(coins...)
	}
	return state, nil
}

// councilGenesis gives each of the first validators its seat.
func councilGenesis(validators []GenesisValidator, params *council.Params) (*council.GenesisState, error) {
	state := council.DefaultGenesis()
	if params != nil {
		state.Params = *params
	}
	for _, v := range validators {
		account, err := ethkey.AddressCodec{}.StringToBytes(v.Operator)
		if err != nil {
			return nil, fmt.Errorf("%w: operator of validator %q: %w", ErrGenesis, v.Name, err)
		}
		seat, key := council.NewSeat(ethkey.Format(account), v.Name, v.Key.Bytes(), uint64(v.Power))
		seat.Peer = v.Peer
		state.Seats, state.Keys = append(state.Seats, seat), append(state.Keys, key)
	}
	return state, nil
}
