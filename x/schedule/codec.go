package schedule

import "github.com/cosmos/cosmos-sdk/codec/types"

// RegisterInterfaces does nothing: nobody sends messages to the schedule, modules call its keeper.
func RegisterInterfaces(types.InterfaceRegistry) {}
