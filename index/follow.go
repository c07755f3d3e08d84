package index

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"ayni.example/client"
)

// follow holds the database and writes until something fails or somebody asks to begin anew; asked is such a request.
func (x *Index) follow(ctx context.Context, asked *request) (*request, error) {
	conn, err := x.db.hold(ctx)
	if err != nil {
		return nil, asked.answer(err)
	}
	defer x.db.release(conn)
	schema, err := x.db.migrate(ctx, conn)
	if err != nil {
		return nil, asked.answer(err)
	}
	if asked != nil {
		if err := asked.answer(x.empty(ctx, conn, asked.force)); err != nil {
			return nil, err
		}
	}
	at, err := x.settle(ctx, conn, schema)
	if err != nil {
		return nil, err
	}
	ticker := time.NewTicker(x.config.Look)
	defer ticker.Stop()
	for {
		if at, err = x.catchUp(ctx, conn, at); err != nil {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case next := <-x.rebuild:
			return next, nil
		case <-ticker.C:
		}
	}
}

// answer tells who asked how it went, and passes it on.
func (r *request) answer(err error) error {
	if r != nil {
		r.done <- err // has room for one
	}
	return err
}

// catchUp writes until the index is where the ledger is.
func (x *Index) catchUp(ctx context.Context, conn *sql.Conn, at head) (head, error) {
	for {
		status, err := x.config.Ledger.Status(ctx)
		if err != nil {
			return at, err
		}
		x.saw(status)
		if status.Height <= at.height {
			return at, nil
		}
		b, err := x.read(ctx, at, max(at.height+1, status.Earliest), status.Height)
		if err != nil {
			return at, err
		}
		if len(b.blocks) == 0 { // stored, and not executed yet
			return at, nil
		}
		wait, cancel := context.WithTimeout(ctx, writeMost)
		at, err = x.db.write(wait, conn, at, b)
		cancel()
		if err != nil {
			return at, err
		}
		x.wrote(at)
	}
}

// read derives a batch from the blocks from one height on. Blocks that the ledger dropped are left out.
func (x *Index) read(ctx context.Context, at head, from, to int64) (batch, error) {
	var b batch
	for height := from; height <= to && len(b.blocks) < batchBlocks && b.size < batchRows; height++ {
		block, err := x.config.Ledger.Executed(ctx, height)
		if errors.Is(err, client.ErrNotFound) && len(b.blocks) == 0 && height < to {
			continue // pruned a moment ago, or before this node's first
		}
		if errors.Is(err, client.ErrNotFound) {
			return b, nil
		}
		if err != nil {
			return b, err
		}
		if last := b.behind(at); last.first != 0 && height == last.height+1 && !bytes.Equal(last.hash, block.Previous) {
			return b, fmt.Errorf("%w: at block %d", errDiverged, height)
		}
		b.add(x.derive.derive(block))
	}
	return b, nil
}
