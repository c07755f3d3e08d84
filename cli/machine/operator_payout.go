package machine

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"time"

	"ayni.example/internal/home"
	"ayni.example/web/operator"
	"ayni.example/x/payout"
	"ayni.example/x/zkml"
)

// collectBlocks is how many blocks a promise stands at the least: a ledger that stood still took nothing from the beneficiary.
const collectBlocks = 10

// PromisePayout implements operator.Paying.
func (m *Machine) PromisePayout(ctx context.Context, req operator.PayoutRequest) (operator.Payout, error) {
	terms, err := m.terms(req)
	if err != nil {
		return operator.Payout{}, err
	}
	seconds := int64(req.Lasts / time.Second)
	if seconds < 1 || seconds > math.MaxUint32 {
		return operator.Payout{}, fmt.Errorf("a promise of %s is not 1 s or more", req.Lasts)
	}
	mine, err := m.ledger.Promises(ctx, m.address)
	if err != nil {
		return operator.Payout{}, err
	}
	p := payout.Promise{Payer: m.address, Number: 1, Terms: terms}
	for _, each := range mine {
		p.Number = max(p.Number, each.Number+1)
	}
	if _, err := m.ledger.send(ctx, &payout.MsgPromise{Payer: p.Payer, Number: p.Number, Terms: terms, Blocks: collectBlocks, Seconds: uint32(seconds)}); err != nil {
		return operator.Payout{}, err
	}
	mine, err = m.ledger.Promises(ctx, m.address)
	for _, each := range mine {
		if each.Number == p.Number {
			return promised(each), nil
		}
	}
	return promised(p), err
}

func (m *Machine) terms(req operator.PayoutRequest) (payout.Terms, error) {
	t := payout.Terms{
		Beneficiary: req.Beneficiary, Submitter: req.Submitter, Context: []byte(req.Context), Index: req.Index,
		FreshBlocks: req.FreshBlocks, FreshSeconds: req.FreshSeconds,
	}
	if t.Submitter == "" {
		t.Submitter = m.address
	}
	var errs [4]error
	t.Model, errs[0] = modelID(req.Model)
	t.Input, errs[1] = hex.DecodeString(req.Input)
	t.Unit, errs[2] = home.Credits(req.Unit)
	t.Most, errs[3] = home.Credits(req.Most)
	return t, errors.Join(errs[:]...)
}

// CollectPayout implements operator.Paying.
func (m *Machine) CollectPayout(ctx context.Context, req operator.CollectRequest) (operator.Collected, error) {
	result, err := m.ledger.send(ctx, &payout.MsgCollect{Beneficiary: m.address, Payer: req.Payer, Number: req.Number})
	if err != nil {
		if errors.Is(err, zkml.ErrNotFound) || errors.Is(err, zkml.ErrStale) {
			return operator.Collected{}, advice(err, "the submitter has not had the ledger verify a value for this promise, or not lately: `ayni zkml values MODEL`")
		}
		return operator.Collected{}, err
	}
	var answer payout.MsgCollectResponse
	if err := result.Response(0, &answer); err != nil {
		return operator.Collected{}, err
	}
	return operator.Collected{Paid: home.FormatCredits(answer.Paid), Height: result.Height}, nil
}

// Payouts implements operator.Paying.
func (m *Machine) Payouts(ctx context.Context, payer string) ([]operator.Payout, error) {
	list, err := m.ledger.Promises(ctx, payer)
	out := make([]operator.Payout, 0, len(list))
	for _, each := range list {
		out = append(out, promised(each))
	}
	return out, err
}

func promised(p payout.Promise) operator.Payout {
	return operator.Payout{
		Payer: p.Payer, Number: p.Number, Beneficiary: p.Terms.Beneficiary, Model: hex.EncodeToString(p.Terms.Model), Submitter: p.Terms.Submitter,
		Context: readable(p.Terms.Context), Index: p.Terms.Index, Unit: home.FormatCredits(p.Terms.Unit), Most: home.FormatCredits(p.Terms.Most),
		Until: time.Unix(p.DueTime, 0).UTC(),
	}
}
