package keeper

import (
	"bytes"
	"context"
	"encoding/binary"
	"slices"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/tensor/trace"
	"ayni.example/x/referee"
	"ayni.example/x/schedule"
)

// askedMax is how many questions give one audit more time.
const askedMax = 16

// Ask wants a tile of the state before a claim: who does not show what others need to check it has lost it.
func (k *Keeper) Ask(ctx context.Context, msg *referee.MsgAsk) error {
	addr, text, err := k.address("asker", msg.Asker)
	if err != nil {
		return err
	}
	c, err := k.claim(ctx, msg.Claim)
	if err != nil {
		return err
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	if err := k.mayAsk(ctx, params, c, text, msg); err != nil {
		return err
	}
	fee := params.Asking(c, text)
	if err := k.take(ctx, addr, fee); err != nil {
		return err
	}
	now := sdk.UnwrapSDKContext(ctx)
	due := schedule.After(now.BlockHeight(), now.BlockTime(), params.Answer.Blocks, params.Answer.Seconds)
	if err := k.schedule.Schedule(ctx, referee.KindQuestion, questionName(msg.Claim, msg.Tensor, msg.Tile), due); err != nil {
		return err
	}
	c.Questions = append(c.Questions, referee.Question{
		Asker: text, Fee: fee, Tensor: msg.Tensor, Tile: msg.Tile, DueHeight: due.Height, DueTime: due.Time,
	})
	if c.Audits(text) {
		c.Audit.Asked++
		if err := k.moreTime(ctx, params, &c, due); err != nil {
			return err
		}
	}
	if err := k.store(ctx, c); err != nil {
		return err
	}
	return emit(ctx, &referee.EventAsked{Claim: msg.Claim, Defender: c.Defender, Asker: text, Tensor: msg.Tensor, Tile: msg.Tile})
}

func (k *Keeper) mayAsk(ctx context.Context, params referee.Params, c referee.Claim, asker string, msg *referee.MsgAsk) error {
	most := int(params.QuestionsMax)
	audits := c.Audits(asker) && c.Audit.Asked < askedMax
	if audits {
		most++
	}
	switch {
	case asker == c.Defender:
		return referee.ErrUnauthorised.Wrapf("%s defends claim %x", asker, msg.Claim)
	case c.Over && !audits:
		return referee.ErrOver.Wrapf("claim %x", msg.Claim)
	case c.Question(msg.Tensor, msg.Tile) >= 0:
		return referee.ErrExists.Wrapf("question for tile %d of tensor %d", msg.Tile, msg.Tensor)
	case len(c.Questions) >= most:
		return referee.ErrBusy.Wrapf("%d questions about claim %x are open", len(c.Questions), msg.Claim)
	}
	program, _, err := k.program(ctx, c.Job)
	if err != nil {
		return err
	}
	if _, err := program.Lookup(trace.Operand{Source: trace.Before, Tensor: int(msg.Tensor), Tile: int(msg.Tile)}); err != nil {
		return referee.ErrInvalid.Wrap(err.Error())
	}
	return nil
}

// moreTime moves the end of an audit to a span after a question is over.
func (k *Keeper) moreTime(ctx context.Context, params referee.Params, c *referee.Claim, after schedule.Plan) error {
	c.Audit.DueHeight = after.Height + int64(params.Audit.Blocks)
	c.Audit.DueTime = after.Time + int64(params.Audit.Seconds)
	return k.schedule.Reschedule(ctx, referee.KindAudit, c.ID(), schedule.Plan{Height: c.Audit.DueHeight, Time: c.Audit.DueTime})
}

// Answer takes a tile that was asked for, from anyone, and pays for it.
func (k *Keeper) Answer(ctx context.Context, msg *referee.MsgAnswer) error {
	_, text, err := k.address("sender", msg.Sender)
	if err != nil {
		return err
	}
	c, err := k.claim(ctx, msg.Claim)
	if err != nil {
		return err
	}
	at := c.Question(msg.Tensor, msg.Tile)
	if at < 0 {
		return referee.ErrNotFound.Wrapf("question for tile %d of tensor %d before claim %x", msg.Tile, msg.Tensor, msg.Claim)
	}
	program, _, err := k.program(ctx, c.Job)
	if err != nil {
		return err
	}
	now := sdk.UnwrapSDKContext(ctx)
	now.GasMeter().ConsumeGas(msg.AnswerGas(), "check a tile")
	if err := referee.CheckAnswer(program, c, msg.Tensor, msg.Tile, msg.Opening); err != nil {
		return err
	}
	q := c.Questions[at]
	if err := k.share(ctx, text, q.Fee); err != nil {
		return err
	}
	if err := k.cancel(ctx, referee.KindQuestion, questionName(msg.Claim, msg.Tensor, msg.Tile)); err != nil {
		return err
	}
	c.Questions = slices.Delete(c.Questions, at, at+1)
	if c.Audits(q.Asker) {
		params, err := k.Params.Get(ctx)
		if err != nil {
			return err
		}
		if err := k.moreTime(ctx, params, &c, schedule.After(now.BlockHeight(), now.BlockTime(), 0, 0)); err != nil {
			return err
		}
	}
	if err := emit(ctx, &referee.EventAnswered{Claim: msg.Claim, Tensor: msg.Tensor, Tile: msg.Tile, By: text}); err != nil {
		return err
	}
	return k.keep(ctx, c)
}

// unanswered refutes the claim whose defender did not show a tile in time.
func (k *Keeper) unanswered(ctx context.Context, due schedule.Due) error {
	name := due.Item.Name
	if len(name) != referee.HashSize+8 {
		return referee.ErrInvariant.Wrapf("item %x", name)
	}
	c, err := k.claim(ctx, name[:referee.HashSize])
	if err != nil {
		return err
	}
	place := name[referee.HashSize:]
	at := c.Question(binary.BigEndian.Uint32(place), binary.BigEndian.Uint32(place[4:]))
	if at < 0 {
		return referee.ErrInvariant.Wrapf("question %x is not open", name)
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	winner := c.Questions[at].Asker
	if params.AuditorFirst && !c.Audits(winner) {
		winner = "" // a question proves nothing, and who asks may be the defender's friend
	}
	return k.refute(ctx, c, winner, &referee.EventRefuted{Question: true})
}

// questionName is a question's in the schedule.
func questionName(claim []byte, tensor, tile uint32) []byte {
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(bytes.Clone(claim), tensor), tile)
}
