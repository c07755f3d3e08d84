package client

import (
	"context"
	"fmt"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"

	"ayni.example/x/zkml"
)

// ProofModel is a model whose answers can be proved.
func (c *Client) ProofModel(ctx context.Context, id []byte) (zkml.Model, error) {
	answer, err := zkml.NewQueryClient(c.conn).Model(ctx, &zkml.QueryModelRequest{Id: id})
	if err != nil {
		return zkml.Model{}, fmt.Errorf("model %x: %w", id, err)
	}
	return answer.Model, nil
}

// ProofModels lists the models whose answers can be proved.
func (c *Client) ProofModels(ctx context.Context) ([]zkml.Model, error) {
	return pages("models for proofs", func(page *query.PageRequest) ([]zkml.Model, *query.PageResponse, error) {
		answer, err := zkml.NewQueryClient(c.conn).Models(ctx, &zkml.QueryModelsRequest{Pagination: page})
		if err != nil {
			return nil, nil, err
		}
		return answer.Models, answer.Pagination, nil
	})
}

// ProofCircuit is the canonical encoding of a model's circuit.
func (c *Client) ProofCircuit(ctx context.Context, model []byte) ([]byte, error) {
	answer, err := zkml.NewQueryClient(c.conn).Circuit(ctx, &zkml.QueryCircuitRequest{Model: model})
	if err != nil {
		return nil, fmt.Errorf("circuit of model %x: %w", model, err)
	}
	return answer.Circuit, nil
}

// ProofQuote is what it costs to have the ledger verify the longest proof that a model can have.
type ProofQuote struct {
	Price math.Int // that the owner asks for making it, acredit
	Cost  zkml.Cost
	Gas   uint64
	Fee   math.Int // at the next block's price, acredit
}

// ProofQuote asks for a model's.
func (c *Client) ProofQuote(ctx context.Context, model []byte) (ProofQuote, error) {
	answer, err := c.quote(ctx, model)
	if err != nil {
		return ProofQuote{}, err
	}
	price, err := c.Price(ctx)
	if err != nil {
		return ProofQuote{}, err
	}
	gas := answer.Cost.SubmitGas(int(answer.Cost.ProofBytes))
	return ProofQuote{Price: answer.Price, Cost: answer.Cost, Gas: gas, Fee: price.Mul(math.NewIntFromUint64(gas))}, nil
}

// Prover is what the ledger remembers of an account that proves with a model; the next nonce is one above its last.
func (c *Client) Prover(ctx context.Context, model []byte, submitter string) (zkml.Prover, error) {
	answer, err := zkml.NewQueryClient(c.conn).Prover(ctx, &zkml.QueryProverRequest{Model: model, Submitter: submitter})
	if err != nil {
		return zkml.Prover{}, fmt.Errorf("prover %s with model %x: %w", submitter, model, err)
	}
	return answer.Prover, nil
}

// VerifiedValue is what the ledger has verified of a model, for a submitter and a context.
func (c *Client) VerifiedValue(ctx context.Context, model []byte, submitter string, subject []byte) (zkml.Verified, error) {
	answer, err := zkml.NewQueryClient(c.conn).Value(ctx, &zkml.QueryValueRequest{Model: model, Submitter: submitter, Context: subject})
	if err != nil {
		return zkml.Verified{}, fmt.Errorf("value of model %x: %w", model, err)
	}
	return answer.Value, nil
}

// VerifiedValues lists what the ledger has verified of a model.
func (c *Client) VerifiedValues(ctx context.Context, model []byte) ([]zkml.Verified, error) {
	return pages("verified values", func(page *query.PageRequest) ([]zkml.Verified, *query.PageResponse, error) {
		answer, err := zkml.NewQueryClient(c.conn).Values(ctx, &zkml.QueryValuesRequest{Model: model, Pagination: page})
		if err != nil {
			return nil, nil, err
		}
		return answer.Values, answer.Pagination, nil
	})
}

// ZkmlParams are the rules of proofs.
func (c *Client) ZkmlParams(ctx context.Context) (zkml.Params, error) {
	answer, err := zkml.NewQueryClient(c.conn).Params(ctx, &zkml.QueryParamsRequest{})
	if err != nil {
		return zkml.Params{}, fmt.Errorf("parameters of proofs: %w", err)
	}
	return answer.Params, nil
}

// RegisterModel enters a model and returns its id. Its gas follows from its size: a circuit may be longer than nodes simulate for
// others. What goes along in the same transaction is simulated by itself.
func (c *Client) RegisterModel(ctx context.Context, msg *zkml.MsgRegisterModel, along ...sdk.Msg) ([]byte, TxResult, error) {
	gas := zkml.RegisterGas(msg.Size())
	if len(along) > 0 {
		more, err := c.estimate(ctx, 0, along, false)
		if err != nil {
			return nil, TxResult{}, err
		}
		gas += more
	}
	done, err := c.SubmitGas(ctx, gas, append([]sdk.Msg{msg}, along...)...)
	if err != nil {
		return nil, done, err
	}
	var answer zkml.MsgRegisterModelResponse
	if err := done.Response(0, &answer); err != nil {
		return nil, done, err
	}
	return answer.Model, done, nil
}

// SubmitProof has the ledger verify a proof. Its gas follows from the model and its size, so it is verified once and not first
// in a simulation.
func (c *Client) SubmitProof(ctx context.Context, msg *zkml.MsgSubmitProof) (TxResult, error) {
	answer, err := c.quote(ctx, msg.Model)
	if err != nil {
		return TxResult{}, err
	}
	return c.SubmitGas(ctx, answer.Cost.SubmitGas(msg.Size()), msg)
}

func (c *Client) quote(ctx context.Context, model []byte) (*zkml.QueryQuoteResponse, error) {
	answer, err := zkml.NewQueryClient(c.conn).Quote(ctx, &zkml.QueryQuoteRequest{Model: model})
	if err != nil {
		return nil, fmt.Errorf("quote for model %x: %w", model, err)
	}
	return answer, nil
}
