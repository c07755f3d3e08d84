package chain

import (
	"context"

	stakingkeeper "github.com/cosmos/cosmos-sdk/x/staking/keeper"

	beaconkeeper "ayni.example/x/beacon/keeper"
)

// seats shows the validators to the beacon.
type seats struct{ staking *stakingkeeper.Keeper }

// Members lists who may take part.
func (s seats) Members(ctx context.Context) ([]beaconkeeper.Member, error) {
	validators, err := s.staking.GetAllValidators(ctx)
	if err != nil {
		return nil, err
	}
	members := make([]beaconkeeper.Member, 0, len(validators))
	for _, v := range validators {
		operator, err := operatorCodec().StringToBytes(v.OperatorAddress)
		if err != nil {
			return nil, err
		}
		members = append(members, beaconkeeper.Member{Operator: operator, Active: v.IsBonded() && !v.Jailed})
	}
	return members, nil
}
