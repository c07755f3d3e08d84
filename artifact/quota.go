package artifact

import (
	"errors"
	"fmt"
	"sync"
)

// ErrQuota says that the store is full.
var ErrQuota = errors.New("the store is full")

// QuotaError tells what fills the store.
type QuotaError struct {
	Quota, Used, Pinned, Need int64
}

// Error gives all four.
func (e *QuotaError) Error() string {
	return fmt.Sprintf("%d bytes do not fit: the store may hold %d and holds %d, of which %d are pinned", e.Need, e.Quota, e.Used, e.Pinned)
}

// Unwrap makes it an ErrQuota.
func (e *QuotaError) Unwrap() error { return ErrQuota }

// lookEvery is how often the blobs are counted anew, in blobs admitted: other processes add some too. Between two counts these are
// missed, so that several writers together may pass the quota by what they wrote meanwhile.
const lookEvery = 64

// quota bounds the bytes of a store.
type quota struct {
	store *Store
	bytes int64

	mu       sync.Mutex
	used     int64 // of blobs, as far as this process knows
	reserved int64 // for blobs on their way
	left     int   // admissions until the next count
}

// reserve makes room for a blob, if need be by deleting blobs that nobody has pinned, the ones used longest ago first.
func (q *quota) reserve(n int64) error {
	if q == nil {
		return nil
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.left--; q.left < 0 || q.used+q.reserved+n > q.bytes {
		if err := q.count(); err != nil {
			return err
		}
	}
	if over := q.used + q.reserved + n - q.bytes; over > 0 {
		pinned, err := q.store.evict(over)
		if err == nil {
			err = q.count()
		}
		if err != nil {
			return err
		}
		if q.used+q.reserved+n > q.bytes {
			return &QuotaError{Quota: q.bytes, Used: q.used + q.reserved, Pinned: pinned, Need: n}
		}
	}
	q.reserved += n
	return nil
}

// release ends a reservation; stored tells that the blob is there now.
func (q *quota) release(n int64, stored bool) {
	if q == nil {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.reserved -= n
	if stored {
		q.used += n
	}
}

func (q *quota) count() error {
	all, err := q.store.List()
	if err != nil {
		return err
	}
	q.used, q.left = 0, lookEvery
	for _, b := range all {
		q.used += b.Size
	}
	return nil
}
