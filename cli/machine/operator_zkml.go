package machine

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/client"
	"ayni.example/internal/home"
	"ayni.example/web/operator"
	"ayni.example/x/zkml"
	"ayni.example/zk/answer"
)

// ProofModels implements operator.Proving.
func (m *Machine) ProofModels(ctx context.Context) ([]operator.ProofModel, error) {
	models, err := m.ledger.ProofModels(ctx)
	out := make([]operator.ProofModel, 0, len(models))
	for _, each := range models {
		out = append(out, proofModel(each))
	}
	return out, err
}

func proofModel(m zkml.Model) operator.ProofModel {
	return operator.ProofModel{
		ID: hex.EncodeToString(m.Id), Name: m.Name, Owner: m.Owner, Circuit: hex.EncodeToString(m.Circuit), Root: hex.EncodeToString(m.Root),
		Price: home.FormatCredits(m.Price), Terms: hex.EncodeToString(m.Terms), Retired: m.Retired, Height: m.MadeHeight,
	}
}

// ProofModel implements operator.Proving.
func (m *Machine) ProofModel(ctx context.Context, id string) (operator.ProofModelDetail, error) {
	raw, err := modelID(id)
	if err != nil {
		return operator.ProofModelDetail{}, err
	}
	model, err := m.ledger.ProofModel(ctx, raw)
	if err != nil {
		return operator.ProofModelDetail{}, noModel(err)
	}
	encoded, err := m.ledger.ProofCircuit(ctx, raw)
	if err != nil {
		return operator.ProofModelDetail{}, err
	}
	q, err := m.ledger.ProofQuote(ctx, raw)
	if err != nil {
		return operator.ProofModelDetail{}, err
	}
	return operator.ProofModelDetail{
		ProofModel: proofModel(model), Encoded: encoded, Parameters: model.Parameters,
		Quote: operator.ProofQuote{
			Price: home.FormatCredits(q.Price), Gas: q.Gas, Fee: home.FormatCredits(q.Fee), Bytes: q.Cost.ProofBytes,
			Rounds: q.Cost.Rounds, Queries: q.Cost.Queries, Hashes: q.Cost.Hashes, Products: q.Cost.Products,
		},
	}, nil
}

// RegisterModel implements operator.Proving.
func (m *Machine) RegisterModel(ctx context.Context, req operator.RegisterModelRequest) (operator.ProofModel, error) {
	price, err := home.Credits(req.Price)
	if err != nil {
		return operator.ProofModel{}, err
	}
	terms, err := licence(req.Terms)
	if err != nil {
		return operator.ProofModel{}, err
	}
	m.ledger.caughtUp(ctx)
	id := zkml.ModelID(zkml.CircuitDigest(req.Circuit), req.Root, req.Parameters)
	known, err := m.ledger.ProofModel(ctx, id)
	if err == nil {
		return operator.ProofModel{}, advice(zkml.ErrExists.Wrapf("model %x is registered by %s", known.Id, known.Owner),
			"`ayni zkml add FILE` has this machine answer with it")
	}
	m.lineages.want(ctx, hex.EncodeToString(id))
	if _, err := m.ledger.enterModel(ctx, &zkml.MsgRegisterModel{
		Owner: m.address, Name: req.Name, Circuit: req.Circuit, Root: req.Root, Parameters: req.Parameters, Price: price, Terms: terms,
	}); err != nil {
		return operator.ProofModel{}, err
	}
	model, err := m.ledger.ProofModel(ctx, id)
	return proofModel(model), err
}

// UpdateModel implements operator.Proving.
func (m *Machine) UpdateModel(ctx context.Context, req operator.UpdateModelRequest) (operator.ProofModel, error) {
	id, err := modelID(req.ID)
	if err != nil {
		return operator.ProofModel{}, err
	}
	model, err := m.ledger.ProofModel(ctx, id)
	switch {
	case err != nil:
		return operator.ProofModel{}, noModel(err)
	case model.Owner != m.address:
		return operator.ProofModel{}, advice(zkml.ErrUnauthorised.Wrapf("model %x is %s's", id, model.Owner), "only the account that registered a model changes it")
	case model.Retired:
		return operator.ProofModel{}, advice(zkml.ErrRetired.Wrapf("%x", id), "that is for good: compile the model again, which makes another id, and register that")
	}
	msg := &zkml.MsgUpdateModel{Owner: m.address, Model: id, Price: model.Price, Terms: model.Terms, Retire: req.Retire}
	if req.Price != nil {
		msg.Price, err = home.Credits(*req.Price)
	}
	if req.Terms != nil && err == nil {
		msg.Terms, err = licence(*req.Terms)
	}
	if err != nil {
		return operator.ProofModel{}, err
	}
	if _, err := m.ledger.send(ctx, msg); err != nil {
		return operator.ProofModel{}, err
	}
	model, err = m.ledger.ProofModel(ctx, id)
	return proofModel(model), err
}

// licence is the digest of a licence's text.
func licence(text string) ([]byte, error) {
	terms, err := hex.DecodeString(text)
	if err != nil || len(terms) != 0 && len(terms) != zkml.DigestSize {
		return nil, advice(fmt.Errorf("terms %q are not %d bytes in hex", text, zkml.DigestSize), "give the SHA-256 of the licence's text, in hex")
	}
	return terms, nil
}

// ProofUse implements operator.Proving.
func (m *Machine) ProofUse(ctx context.Context, model string) (operator.ProofUse, error) {
	id, err := modelID(model)
	if err != nil {
		return operator.ProofUse{}, err
	}
	account, err := sdk.AccAddressFromBech32(m.address)
	if err != nil {
		return operator.ProofUse{}, err
	}
	known, err := m.ledger.Prover(ctx, id, m.address)
	if err != nil {
		return operator.ProofUse{}, noModel(err)
	}
	return operator.ProofUse{ChainID: m.ledger.ChainID(), Submitter: m.address, Account: account, Nonce: known.Nonce + 1}, nil
}

// SubmitProof implements operator.Proving.
func (m *Machine) SubmitProof(ctx context.Context, req operator.SubmitProofRequest) (operator.SubmittedProof, error) {
	a, err := answer.Decode(req.File)
	if err != nil {
		return operator.SubmittedProof{}, err
	}
	id := zkml.ID(a.Circuit, a.Root, a.Parameters)
	account, err := sdk.AccAddressFromBech32(m.address)
	if err != nil {
		return operator.SubmittedProof{}, err
	}
	m.ledger.caughtUp(ctx)
	if err := m.submittable(ctx, a, id, account); err != nil {
		return operator.SubmittedProof{}, err
	}
	msg := &zkml.MsgSubmitProof{
		Submitter: m.address, Model: id, Output: answer.Flat(a.Output), Nonce: a.Use.Nonce, Context: a.Use.Context, Proof: a.Proof,
	}
	result, err := m.ledger.SubmitProof(ctx, msg.WithInput(answer.Flat(a.Input)))
	if err = m.ledger.account(result, err); err != nil {
		return operator.SubmittedProof{}, noModel(err)
	}
	return operator.SubmittedProof{
		Model: hex.EncodeToString(id), Output: answer.Flat(a.Output), Height: result.Height, Gas: result.Gas, Hash: hex.EncodeToString(result.Hash),
	}, nil
}

// submittable refuses what the ledger would refuse, before it is paid for.
func (m *Machine) submittable(ctx context.Context, a *answer.Answer, id, account []byte) error {
	const again = "make it with `ayni prove FILE --input ROW --ledger --context TEXT` while this machine runs"
	bound := zkml.Binding(m.ledger.ChainID(), id, account, a.Use.Context, a.Use.Nonce)
	if string(a.Binding) != string(bound[:]) {
		return advice(errors.New("the proof is not bound to this machine's account on this ledger"), again)
	}
	known, err := m.ledger.Prover(ctx, id, m.address)
	if err != nil {
		return noModel(err)
	}
	if a.Use.Nonce <= known.Nonce {
		return advice(zkml.ErrReplay.Wrapf("%d, the last one was %d", a.Use.Nonce, known.Nonce), "each proof counts once; "+again)
	}
	if _, err := a.Verify(1); err != nil {
		return advice(fmt.Errorf("the proof does not hold, so it was not sent: %w", err), again)
	}
	return nil
}

// VerifiedValues implements operator.Proving.
func (m *Machine) VerifiedValues(ctx context.Context, model string) ([]operator.VerifiedValue, error) {
	id, err := modelID(model)
	if err != nil {
		return nil, err
	}
	values, err := m.ledger.VerifiedValues(ctx, id)
	out := make([]operator.VerifiedValue, 0, len(values))
	for _, v := range values {
		out = append(out, operator.VerifiedValue{
			Model: hex.EncodeToString(v.Model), Submitter: v.Submitter, Context: readable(v.Context), Input: hex.EncodeToString(v.Input),
			Output: v.Output, Nonce: v.Nonce, Proof: hex.EncodeToString(v.Proof), Height: v.Height, Time: time.Unix(v.Time, 0).UTC(),
		})
	}
	return out, err
}

// readable is bytes as text where they are text.
func readable(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	return "0x" + hex.EncodeToString(b)
}

func modelID(text string) ([]byte, error) {
	id, err := hex.DecodeString(text)
	if err != nil || len(id) != zkml.DigestSize {
		return nil, advice(fmt.Errorf("model %q is not %d bytes in hex", text, zkml.DigestSize), "`ayni zkml list` tells the ids")
	}
	return id, nil
}

func noModel(err error) error {
	if errors.Is(err, client.ErrNotFound) || errors.Is(err, zkml.ErrNotFound) {
		return advice(err, "`ayni zkml list` tells the models of this network; `ayni zkml register FILE` enters one")
	}
	return err
}
