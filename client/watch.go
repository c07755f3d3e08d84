package client

import (
	"context"
	"time"
)

// watchInterval is between looks at the height. A look is a read in memory of the node.
const watchInterval = 200 * time.Millisecond

// Block tells that the ledger has moved on.
type Block struct {
	Height int64
	Time   time.Time
}

// WatchBlocks tells of the latest block at once and then whenever there is a newer one, until ctx ends; then the channel closes.
// It tells the latest, not each: a reader that is slow, or a node out of reach for a while, skips blocks, so act on the state.
func (c *Client) WatchBlocks(ctx context.Context) <-chan Block {
	out := make(chan Block)
	go c.watch(ctx, out) // ends with ctx, of which closing out tells the reader
	return out
}

func (c *Client) watch(ctx context.Context, out chan<- Block) {
	defer close(out)
	ticker := time.NewTicker(watchInterval)
	defer ticker.Stop()
	var last int64
	for {
		status, err := c.Status(ctx)
		if err == nil && status.Height > last {
			select {
			case out <- Block{Height: status.Height, Time: status.Time}:
				last = status.Height
			case <-ctx.Done():
				return
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
