package chain

import (
	"encoding/json"
	"fmt"

	"cosmossdk.io/math"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	cryptocodec "github.com/cosmos/cosmos-sdk/crypto/codec"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/module"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"ayni.example/internal/ethkey"
	"ayni.example/x/credit"
	"ayni.example/x/fee"
	"ayni.example/x/provider"
)

const (
	// StakeDenom counts votes in consensus. It is not money and cannot be sent.
	StakeDenom        = "stake"
	validatorMaxPower = 1_000_000
	// displayExponent makes 10^18 acredit one credit, as wallets made for Ethereum expect.
	displayExponent = 18
)

// genesisState is every module's default with what cfg sets.
func (a *App) genesisState(cfg GenesisConfig) (map[string]json.RawMessage, error) {
	cdc := a.Encoding.Codec
	state := module.NewBasicManagerFromManager(a.modules, nil).DefaultGenesis(cdc)
	staking, bonded, err := stakingGenesis(cfg.Validators)
	if err != nil {
		return nil, err
	}
	state[stakingtypes.ModuleName] = cdc.MustMarshalJSON(staking)
	auth, err := authGenesis(cfg.Accounts)
	if err != nil {
		return nil, err
	}
	state[authtypes.ModuleName] = cdc.MustMarshalJSON(auth)
	bank, err := bankGenesis(cfg.Accounts, bonded)
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

// bankGenesis holds the first balances, the votes in the bonded pool and what wallets show of the denomination.
func bankGenesis(accounts []GenesisAccount, bonded math.Int) (*banktypes.GenesisState, error) {
	state := banktypes.DefaultGenesisState()
	state.SendEnabled = []banktypes.SendEnabled{{Denom: StakeDenom, Enabled: false}}
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
	votes := sdk.NewCoins(sdk.NewCoin(StakeDenom, bonded))
	pool := ethkey.Format(authtypes.NewModuleAddress(stakingtypes.BondedPoolName))
	state.Balances = append(state.Balances, banktypes.Balance{Address: pool, Coins: votes})
	state.Supply = state.Supply.Add(votes...)
	return state, nil
}

// stakingGenesis bonds the validators at once, so that genesis alone gives the first validator set. It keeps no past headers,
// which would change the state in every block.
func stakingGenesis(validators []GenesisValidator) (*stakingtypes.GenesisState, math.Int, error) {
	params := stakingtypes.DefaultParams()
	params.BondDenom = StakeDenom
	params.HistoricalEntries = 0
	state, total := stakingtypes.NewGenesisState(params, nil, nil), math.ZeroInt()
	for _, v := range validators {
		account, err := ethkey.AddressCodec{}.StringToBytes(v.Operator)
		if err != nil {
			return nil, total, fmt.Errorf("%w: operator of validator %q: %w", ErrGenesis, v.Name, err)
		}
		operator, err := operatorCodec().BytesToString(account)
		if err != nil {
			return nil, total, fmt.Errorf("%w: operator of validator %q: %w", ErrGenesis, v.Name, err)
		}
		key, err := cryptocodec.FromCmtPubKeyInterface(v.Key)
		if err != nil {
			return nil, total, fmt.Errorf("%w: key of validator %q: %w", ErrGenesis, v.Name, err)
		}
		packed, err := codectypes.NewAnyWithValue(key)
		if err != nil {
			return nil, total, fmt.Errorf("%w: key of validator %q: %w", ErrGenesis, v.Name, err)
		}
		tokens := sdk.TokensFromConsensusPower(v.Power, sdk.DefaultPowerReduction)
		shares := math.LegacyNewDecFromInt(tokens)
		state.Validators = append(state.Validators, stakingtypes.Validator{
			OperatorAddress: operator, ConsensusPubkey: packed, Status: stakingtypes.Bonded, Tokens: tokens,
			DelegatorShares: shares, Description: stakingtypes.Description{Moniker: v.Name},
			Commission:        stakingtypes.NewCommission(math.LegacyZeroDec(), math.LegacyZeroDec(), math.LegacyZeroDec()),
			MinSelfDelegation: math.OneInt(),
		})
		state.Delegations = append(state.Delegations, stakingtypes.NewDelegation(ethkey.Format(account), operator, shares))
		total = total.Add(tokens)
	}
	return state, total, nil
}
