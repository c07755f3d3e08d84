package chain

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	cmted25519 "github.com/cometbft/cometbft/crypto/ed25519"
	cmttypes "github.com/cometbft/cometbft/types"

	"cosmossdk.io/math"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/agent"
	"ayni.example/x/arena"
	"ayni.example/x/artifact"
	"ayni.example/x/beacon"
	"ayni.example/x/compute"
	"ayni.example/x/payout"
	"ayni.example/x/provenance"
	"ayni.example/x/referee"
	"ayni.example/x/zkml"
)

// ErrInvariant is a state that contradicts itself.
var ErrInvariant = errors.New("ledger state contradicts itself")

// Export writes the latest state as the genesis of a ledger that goes on from it, at the next height and not before at.
func (a *App) Export(chainID string, at time.Time) (*cmttypes.GenesisDoc, error) {
	ctx, err := a.latest()
	if err != nil {
		return nil, err
	}
	state, err := a.modules.ExportGenesis(ctx, a.Encoding.Codec)
	if err != nil {
		return nil, fmt.Errorf("export state: %w", err)
	}
	raw, err := json.Marshal(state)
	if err != nil {
		return nil, fmt.Errorf("export state: %w", err)
	}
	validators, err := a.validators(ctx)
	if err != nil {
		return nil, fmt.Errorf("export validators: %w", err)
	}
	doc := &cmttypes.GenesisDoc{
		GenesisTime: at.UTC(), ChainID: chainID, InitialHeight: ctx.BlockHeight() + 1, ConsensusParams: a.consensusParams(),
		Validators: validators, AppState: raw,
	}
	if err := doc.ValidateAndComplete(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrGenesis, err)
	}
	return doc, nil
}

// validators are the active seats, as consensus was told of them.
func (a *App) validators(ctx sdk.Context) ([]cmttypes.GenesisValidator, error) {
	seats, err := a.Keepers.Council.Seats(ctx)
	if err != nil {
		return nil, err
	}
	var list []cmttypes.GenesisValidator
	for _, s := range seats {
		if s.Active() {
			key := cmted25519.PubKey(s.ConsensusKey)
			list = append(list, cmttypes.GenesisValidator{Address: key.Address(), PubKey: key, Power: int64(s.Power), Name: s.Name})
		}
	}
	return list, nil
}

// Invariants checks the latest state: that each module's agrees with itself, and that balances add up to the supply. It reads
// the whole state, so it is for simulation and for a person who asks.
func (a *App) Invariants() error {
	ctx, err := a.latest()
	if err != nil {
		return err
	}
	checks := []error{
		a.Keepers.Credit.Invariants(ctx), a.Keepers.Fee.Invariants(ctx), a.Keepers.Provider.Invariants(ctx), a.Keepers.Inference.Invariants(ctx),
		a.Keepers.Schedule.Invariants(ctx), a.Keepers.Council.Invariants(ctx), a.conserved(ctx),
	}
	if a.holds(beacon.ModuleName) {
		checks = append(checks, a.Keepers.Beacon.Invariants(ctx))
	}
	if a.holds(artifact.ModuleName) {
		checks = append(checks, a.Keepers.Artifact.Invariants(ctx))
	}
	if a.holds(zkml.ModuleName) {
		checks = append(checks, a.Keepers.Zkml.Invariants(ctx))
	}
	if a.holds(payout.ModuleName) {
		checks = append(checks, a.Keepers.Payout.Invariants(ctx))
	}
	if a.holds(referee.ModuleName) {
		checks = append(checks, a.Keepers.Referee.Invariants(ctx))
	}
	if a.holds(compute.ModuleName) {
		checks = append(checks, a.Keepers.Compute.Invariants(ctx))
	}
	if a.holds(provenance.ModuleName) {
		checks = append(checks, a.Keepers.Provenance.Invariants(ctx))
	}
	if a.holds(agent.ModuleName) {
		checks = append(checks, a.Keepers.Agent.Invariants(ctx))
	}
	if a.holds(arena.ModuleName) {
		checks = append(checks, a.Keepers.Arena.Invariants(ctx))
	}
	for _, err := range checks {
		if err != nil {
			return fmt.Errorf("%w at height %d: %w", ErrInvariant, ctx.BlockHeight(), err)
		}
	}
	return nil
}

// conserved tells whether balances add up to the supply in each denomination.
func (a *App) conserved(ctx sdk.Context) error {
	sums := map[string]math.Int{}
	a.Keepers.Bank.IterateAllBalances(ctx, func(_ sdk.AccAddress, coin sdk.Coin) bool {
		sum, ok := sums[coin.Denom]
		if !ok {
			sum = math.ZeroInt()
		}
		sums[coin.Denom] = sum.Add(coin.Amount)
		return false
	})
	var problem error
	a.Keepers.Bank.IterateTotalSupply(ctx, func(supply sdk.Coin) bool {
		if sum, ok := sums[supply.Denom]; !ok || !sum.Equal(supply.Amount) {
			problem = fmt.Errorf("balances of %s sum to %s, the supply is %s", supply.Denom, sum, supply.Amount)
		}
		delete(sums, supply.Denom)
		return problem != nil
	})
	if problem == nil && len(sums) > 0 {
		problem = fmt.Errorf("balances of %d denominations without a supply", len(sums))
	}
	return problem
}

// latest is a read-only view of the last committed state; a running node goes on meanwhile.
func (a *App) latest() (sdk.Context, error) {
	ctx, err := a.CreateQueryContext(a.LastBlockHeight(), false)
	if err != nil {
		return ctx, fmt.Errorf("read ledger state: %w", err)
	}
	return ctx.WithGasMeter(storetypes.NewInfiniteGasMeter()), nil
}
