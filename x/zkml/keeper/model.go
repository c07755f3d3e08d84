package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/zkml"
)

// Register enters a model and, where no other model has it, its circuit.
func (k *Keeper) Register(ctx context.Context, msg *zkml.MsgRegisterModel) (zkml.Model, error) {
	_, owner, err := k.address("owner", msg.Owner)
	if err != nil {
		return zkml.Model{}, err
	}
	cost, err := k.accept(ctx, msg.Circuit, msg.Parameters)
	if err != nil {
		return zkml.Model{}, err
	}
	circuit := zkml.CircuitDigest(msg.Circuit)
	m := zkml.Model{
		Id: zkml.ModelID(circuit, msg.Root, msg.Parameters), Owner: owner, Name: msg.Name, Circuit: circuit, Root: msg.Root,
		Parameters: msg.Parameters, Price: msg.Price, Terms: msg.Terms, MadeHeight: sdk.UnwrapSDKContext(ctx).BlockHeight(), Cost: cost,
	}
	if there, err := k.Models.Has(ctx, m.Id); err != nil || there {
		if err == nil {
			err = zkml.ErrExists.Wrapf("model %x", m.Id)
		}
		return m, err
	}
	there, err := k.Circuits.Has(ctx, circuit)
	if err == nil && !there {
		err = k.Circuits.Set(ctx, circuit, msg.Circuit)
	}
	if err != nil {
		return m, err
	}
	if err := k.Models.Set(ctx, m.Id, m); err != nil {
		return m, err
	}
	return m, emit(ctx, &zkml.EventRegistered{Model: m.Id, Owner: owner, Name: m.Name})
}

// Update changes what an owner asks for a model, or retires it.
func (k *Keeper) Update(ctx context.Context, msg *zkml.MsgUpdateModel) error {
	_, sender, err := k.address("owner", msg.Owner)
	if err != nil {
		return err
	}
	m, err := k.Model(ctx, msg.Model)
	switch {
	case err != nil:
		return err
	case m.Owner != sender:
		return zkml.ErrUnauthorised.Wrapf("%s does not own model %x", sender, m.Id)
	case m.Retired:
		return zkml.ErrRetired.Wrapf("%x", m.Id)
	}
	m.Price, m.Terms, m.Retired = msg.Price, msg.Terms, msg.Retire
	if err := k.Models.Set(ctx, m.Id, m); err != nil {
		return err
	}
	return emit(ctx, &zkml.EventUpdated{Model: m.Id, Price: m.Price, Retired: m.Retired})
}
