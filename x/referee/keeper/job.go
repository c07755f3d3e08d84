package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/tensor/trace"
	"ayni.example/x/referee"
)

// EnterJob keeps a job that claims will be made of and returns its digest; who entered it releases it once.
func (k *Keeper) EnterJob(ctx context.Context, job trace.Job) ([]byte, error) {
	if err := job.Validate(); err != nil {
		return nil, referee.ErrJob.Wrap(err.Error())
	}
	digest := job.Digest()
	j, err := k.Jobs.Get(ctx, digest[:])
	if errors.Is(err, collections.ErrNotFound) {
		j, err = referee.Job{Encoded: job.Encode()}, nil
	}
	if err != nil {
		return nil, err
	}
	j.Uses++
	return digest[:], k.Jobs.Set(ctx, digest[:], j)
}

// ReleaseJob tells that its module will make no more claims of it; claims that are open keep it.
func (k *Keeper) ReleaseJob(ctx context.Context, digest []byte) error {
	j, err := k.Jobs.Get(ctx, digest)
	if errors.Is(err, collections.ErrNotFound) {
		return referee.ErrNotFound.Wrapf("job %x", digest)
	}
	if err != nil {
		return err
	}
	if j.Uses <= 1 {
		return k.Jobs.Remove(ctx, digest)
	}
	j.Uses--
	return k.Jobs.Set(ctx, digest, j)
}

// job returns one that was entered.
func (k *Keeper) job(ctx context.Context, digest []byte) (trace.Job, error) {
	j, err := k.Jobs.Get(ctx, digest)
	if errors.Is(err, collections.ErrNotFound) {
		return trace.Job{}, referee.ErrNotFound.Wrapf("job %x", digest)
	}
	if err != nil {
		return trace.Job{}, err
	}
	job, err := trace.DecodeJob(j.Encoded)
	if err != nil {
		return job, referee.ErrInvariant.Wrap(err.Error())
	}
	return job, nil
}

// program lists the operations of a job's steps, which is paid for before it is done.
func (k *Keeper) program(ctx context.Context, digest []byte) (*trace.Program, trace.Job, error) {
	job, err := k.job(ctx, digest)
	if err != nil {
		return nil, job, err
	}
	sdk.UnwrapSDKContext(ctx).GasMeter().ConsumeGas(referee.PlaceGas(job), "find a place in a step")
	program, err := trace.NewProgram(job.Shape)
	if err != nil {
		return nil, job, referee.ErrInvariant.Wrap(err.Error())
	}
	return program, job, nil
}
