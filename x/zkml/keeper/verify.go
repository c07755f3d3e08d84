package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/zkml"
)

// verify checks the proof of a submission. What the work costs at most is charged before any of it is done.
func (k *Keeper) verify(ctx context.Context, m zkml.Model, submitter []byte, msg *zkml.MsgSubmitProof) error {
	encoded, err := k.Circuits.Get(ctx, m.Circuit)
	if err != nil {
		return err
	}
	scheme, err := decode(ctx, encoded, m.Parameters)
	if err != nil {
		return err
	}
	cost, err := scheme.Cost()
	if err != nil {
		return err
	}
	if uint64(len(msg.Proof)) > cost.ProofBytes {
		return zkml.ErrProof.Wrapf("%d bytes, no proof of the model has more than %d", len(msg.Proof), cost.ProofBytes)
	}
	now := sdk.UnwrapSDKContext(ctx)
	now.GasMeter().ConsumeGas(cost.Gas(), "verify a proof")
	binding := zkml.Binding(now.ChainID(), m.Id, submitter, msg.Context, msg.Nonce)
	return scheme.Verify(m.Root, binding[:], msg.Input, msg.Output, msg.Proof)
}

// accept tells whether proofs of a circuit can be verified here.
func (k *Keeper) accept(ctx context.Context, encoded, parameters []byte) error {
	scheme, err := decode(ctx, encoded, parameters)
	if err != nil {
		return err
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	return scheme.Check(params)
}

func decode(ctx context.Context, encoded, parameters []byte) (*zkml.Scheme, error) {
	sdk.UnwrapSDKContext(ctx).GasMeter().ConsumeGas(zkml.CircuitGas(len(encoded)), "decode a circuit")
	return zkml.NewScheme(encoded, parameters)
}
