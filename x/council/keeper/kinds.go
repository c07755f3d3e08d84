package keeper

import (
	"ayni.example/x/council"
	"ayni.example/x/schedule"
)

// Work of the schedule: closing a proposal, and dropping a key.
const (
	workGas      = 200_000
	workAttempts = 5
)

// Kinds is what the council schedules.
func (k *Keeper) Kinds() []schedule.Kind {
	return []schedule.Kind{
		{Name: council.KindLapse, Gas: workGas, Attempts: workAttempts, Grace: true, Run: k.lapse},
		{Name: council.KindForget, Gas: workGas, Attempts: workAttempts, Run: k.forget},
	}
}
