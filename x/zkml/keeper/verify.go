package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/zkml"
)

// verify checks the proof of a submission with an input. What the work costs at most is charged before any of it is done.
func (k *Keeper) verify(ctx context.Context, m zkml.Model, submitter []byte, input []int32, msg *zkml.MsgSubmitProof) error {
	if uint64(len(msg.Proof)) > m.Cost.ProofBytes {
		return zkml.ErrProof.Wrapf("%d bytes, no proof of the model has more than %d", len(msg.Proof), m.Cost.ProofBytes)
	}
	now := sdk.UnwrapSDKContext(ctx)
	now.GasMeter().ConsumeGas(m.Cost.Gas(), "verify a proof")
	encoded, err := k.Circuits.Get(ctx, m.Circuit)
	if err != nil {
		return err
	}
	scheme, err := zkml.NewScheme(encoded, m.Parameters)
	if err != nil {
		return err
	}
	binding := zkml.Binding(now.ChainID(), m.Id, submitter, msg.Context, msg.Nonce)
	return scheme.Verify(m.Root, binding[:], input, msg.Output, msg.Proof)
}

// accept tells what proofs of a circuit cost, if they can be verified here.
func (k *Keeper) accept(ctx context.Context, encoded, parameters []byte) (zkml.Cost, error) {
	sdk.UnwrapSDKContext(ctx).GasMeter().ConsumeGas(zkml.CheckGas(len(encoded)), "check a circuit")
	scheme, err := zkml.NewScheme(encoded, parameters)
	if err != nil {
		return zkml.Cost{}, err
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return zkml.Cost{}, err
	}
	return scheme.Check(params)
}
