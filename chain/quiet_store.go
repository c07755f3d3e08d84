package chain

import (
	"bytes"
	"context"

	corestore "cosmossdk.io/core/store"
)

// quietService is a store that leaves a value alone when it is set to what it is. The tree's hash covers when a value was last
// written, so staking, which writes its empty list of changes at the end of every block, would change the ledger's state in
// every block, and each such change makes consensus want the next block at once.
type quietService struct{ corestore.KVStoreService }

// OpenKVStore opens the store of one context.
func (s quietService) OpenKVStore(ctx context.Context) corestore.KVStore {
	return quietStore{s.KVStoreService.OpenKVStore(ctx)}
}

type quietStore struct{ corestore.KVStore }

// Set writes only what differs.
func (s quietStore) Set(key, value []byte) error {
	old, err := s.Get(key)
	if err != nil {
		return err
	}
	if old != nil && bytes.Equal(old, value) {
		return nil
	}
	return s.KVStore.Set(key, value)
}
