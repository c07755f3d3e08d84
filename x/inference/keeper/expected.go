package keeper

import (
	"context"

	"ayni.example/x/provenance"
	"ayni.example/x/provider"
)

// Terms tells what the owners of models allow. What is no asset has no terms.
type Terms interface {
	Forbids(ctx context.Context, content []byte, use provenance.Use) error
}

// Providers tells who may make offers.
type Providers interface {
	Provider(ctx context.Context, addr []byte) (provider.Provider, error)
}
