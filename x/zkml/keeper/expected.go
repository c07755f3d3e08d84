package keeper

import (
	"context"

	"ayni.example/x/schedule"
)

// Scheduler runs work once a height and a time are reached.
type Scheduler interface {
	Schedule(ctx context.Context, kind string, name []byte, plan schedule.Plan) error
	Reschedule(ctx context.Context, kind string, name []byte, plan schedule.Plan) error
}
