package keeper

import (
	"bytes"
	"context"
	"errors"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/credit"
)

// OpenChannel locks a deposit of payer for payee and returns the channel.
func (k *Keeper) OpenChannel(ctx context.Context, msg *credit.MsgOpenChannel) (credit.Channel, error) {
	payer, payerText, err := k.address("payer", msg.Payer)
	if err != nil {
		return credit.Channel{}, err
	}
	payee, payeeText, err := k.address("payee", msg.Payee)
	if err != nil {
		return credit.Channel{}, err
	}
	if bytes.Equal(payer, payee) || k.bank.BlockedAddr(payee) {
		return credit.Channel{}, credit.ErrRecipient.Wrap("payee is the payer or an account of the ledger itself")
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return credit.Channel{}, err
	}
	if err := params.CheckChallenge(msg.ChallengeBlocks, msg.ChallengeSeconds); err != nil {
		return credit.Channel{}, err
	}
	sequence, err := k.nextSequence(ctx, payer, payerText)
	if err != nil {
		return credit.Channel{}, err
	}
	block := sdk.UnwrapSDKContext(ctx)
	channel := credit.Channel{
		Id:    credit.ChannelID(block.ChainID(), payerText, payeeText, sequence),
		Payer: payerText, Payee: payeeText, Signer: msg.Signer, Deposit: msg.Deposit, Claimed: math.ZeroInt(),
		ChallengeBlocks: msg.ChallengeBlocks, ChallengeSeconds: msg.ChallengeSeconds,
		State: credit.ChannelOpen, OpenedHeight: block.BlockHeight(),
	}
	if err := channel.Validate(); err != nil {
		return channel, err
	}
	if err := k.bank.SendCoinsFromAccountToModule(ctx, payer, credit.ModuleName, credit.Coins(msg.Deposit)); err != nil {
		return channel, err
	}
	return channel, k.Channels.Set(ctx, channel.Id, channel)
}

// TopUp raises the deposit of payer's own open channel.
func (k *Keeper) TopUp(ctx context.Context, payer, id []byte, amount math.Int) (credit.Channel, error) {
	channel, err := k.channel(ctx, id)
	if err != nil {
		return channel, err
	}
	if err := k.checkParty(payer, channel.Payer, "only the payer raises the deposit"); err != nil {
		return channel, err
	}
	if channel, err = channel.TopUp(amount); err != nil {
		return channel, err
	}
	if err := k.bank.SendCoinsFromAccountToModule(ctx, payer, credit.ModuleName, credit.Coins(amount)); err != nil {
		return channel, err
	}
	return channel, k.Channels.Set(ctx, id, channel)
}

// CloseChannel begins the challenge period for the payer; for the payee, who gives up only its own claims, it ends the channel.
func (k *Keeper) CloseChannel(ctx context.Context, sender, id []byte) (credit.Channel, error) {
	channel, err := k.channel(ctx, id)
	if err != nil {
		return channel, err
	}
	if k.checkParty(sender, channel.Payee, "") == nil {
		closed, err := channel.Closed()
		if err != nil {
			return channel, err
		}
		return k.refund(ctx, closed)
	}
	if err := k.checkParty(sender, channel.Payer, "only payer and payee close a channel"); err != nil {
		return channel, err
	}
	block := sdk.UnwrapSDKContext(ctx)
	if channel, err = channel.Closing(block.BlockHeight(), block.BlockTime()); err != nil {
		return channel, err
	}
	return channel, k.Channels.Set(ctx, id, channel)
}

// FinaliseChannel refunds what is left once the challenge period is over.
func (k *Keeper) FinaliseChannel(ctx context.Context, id []byte) (credit.Channel, error) {
	channel, err := k.channel(ctx, id)
	if err != nil {
		return channel, err
	}
	block := sdk.UnwrapSDKContext(ctx)
	if channel, err = channel.Finalised(block.BlockHeight(), block.BlockTime()); err != nil {
		return channel, err
	}
	return k.refund(ctx, channel)
}

// refund stores a channel that has just closed and returns the rest of its deposit to the payer.
func (k *Keeper) refund(ctx context.Context, closed credit.Channel) (credit.Channel, error) {
	payer, err := k.addresses.StringToBytes(closed.Payer)
	if err != nil {
		return closed, err
	}
	if err := k.Channels.Set(ctx, closed.Id, closed); err != nil {
		return closed, err
	}
	if closed.Remaining().IsZero() {
		return closed, nil
	}
	return closed, k.bank.SendCoinsFromModuleToAccount(ctx, credit.ModuleName, payer, credit.Coins(closed.Remaining()))
}

func (k *Keeper) channel(ctx context.Context, id []byte) (credit.Channel, error) {
	channel, err := k.Channels.Get(ctx, id)
	if errors.Is(err, collections.ErrNotFound) {
		return channel, credit.ErrNotFound.Wrapf("channel %x", id)
	}
	return channel, err
}

// checkParty tells whether sender is the party whose canonical text a channel holds.
func (k *Keeper) checkParty(sender []byte, party, reason string) error {
	text, err := k.addresses.BytesToString(sender)
	if err != nil {
		return err
	}
	if text != party {
		return credit.ErrUnauthorised.Wrap(reason)
	}
	return nil
}

// nextSequence counts per payer, so that two payers never touch the same key.
func (k *Keeper) nextSequence(ctx context.Context, payer []byte, text string) (uint64, error) {
	sequence, err := k.Sequences.Get(ctx, payer)
	if err != nil && !errors.Is(err, collections.ErrNotFound) {
		return 0, err
	}
	next := sequence.Next
	return next, k.Sequences.Set(ctx, payer, credit.Sequence{Payer: text, Next: next + 1})
}
