package chain

import (
	"context"

	"ayni.example/internal/ethkey"
	beaconkeeper "ayni.example/x/beacon/keeper"
	councilkeeper "ayni.example/x/council/keeper"
)

// seats shows the council to the beacon.
type seats struct{ council *councilkeeper.Keeper }

// Members lists who may take part.
func (s seats) Members(ctx context.Context) ([]beaconkeeper.Member, error) {
	all, err := s.council.Seats(ctx)
	if err != nil {
		return nil, err
	}
	members := make([]beaconkeeper.Member, 0, len(all))
	for _, seat := range all {
		operator, err := ethkey.AddressCodec{}.StringToBytes(seat.Operator)
		if err != nil {
			return nil, err
		}
		members = append(members, beaconkeeper.Member{Operator: operator, Active: seat.Active()})
	}
	return members, nil
}
