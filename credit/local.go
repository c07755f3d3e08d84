package credit

import (
	"context"
	"crypto/ed25519"
	"database/sql"
	"errors"
	"fmt"
	"sync"

	"ayni.example/receipt"
)

// Local chains the receipts of answers that a machine gave itself: no channel and no price, but the same signature.
type Local struct {
	store *Store
	key   ed25519.PrivateKey
	mu    sync.Mutex
	lane  *lane
}

// NewLocal takes up the local chain where it ended.
func NewLocal(ctx context.Context, store *Store, key ed25519.PrivateKey) (*Local, error) {
	if store == nil || len(key) != ed25519.PrivateKeySize {
		return nil, errors.New("local receipts: store and receipt key are required")
	}
	at := laneKey{side: localSide}
	l, err := store.lane(ctx, at)
	if errors.Is(err, ErrNotFound) {
		l, err = newLane(at, "", receipt.PublicKey(key)), nil
	}
	if err != nil {
		return nil, err
	}
	return &Local{store: store, key: key, lane: l}, nil
}

// Complete signs r as the next receipt of the chain and stores it with its opening.
func (l *Local) Complete(ctx context.Context, r receipt.Receipt, salt receipt.Salt) (receipt.Receipt, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r.Version, r.Channel, r.Lane, r.Prev = receipt.Version, receipt.Digest{}, 0, l.lane.tip
	if !r.Total.IsNil() && !r.Total.IsZero() {
		return receipt.Receipt{}, fmt.Errorf("%w: a local answer costs nothing", ErrReceipt)
	}
	if err := r.Sign(l.key); err != nil {
		return receipt.Receipt{}, err
	}
	next := l.lane.clone()
	if err := next.append(r); err != nil {
		return receipt.Receipt{}, err
	}
	err := l.store.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := saveReceipt(ctx, tx, localSide, l.lane.receipts, r, &salt); err != nil {
			return err
		}
		return saveLane(ctx, tx, next)
	})
	if err != nil {
		return receipt.Receipt{}, err
	}
	l.lane = next
	return r, nil
}
