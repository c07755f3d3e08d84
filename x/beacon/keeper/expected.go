package keeper

import (
	"context"

	"ayni.example/x/schedule"
)

// Member is a seat of the council as the beacon sees it.
type Member struct {
	Operator []byte
	Active   bool // makes blocks now
}

// Council tells who may take part, by operator in rising order; who is not in the list has no seat any more.
type Council interface {
	Members(ctx context.Context) ([]Member, error)
}

// Scheduler ends the windows.
type Scheduler interface {
	Schedule(ctx context.Context, kind string, name []byte, plan schedule.Plan) error
	Cancel(ctx context.Context, kind string, name []byte) error
	Item(ctx context.Context, kind string, name []byte) (schedule.Item, error)
}
