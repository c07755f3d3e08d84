package keeper

import (
	"context"

	"ayni.example/x/provider"
)

// Providers tells who may make offers.
type Providers interface {
	Provider(ctx context.Context, addr []byte) (provider.Provider, error)
}
