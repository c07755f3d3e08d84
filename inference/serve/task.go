package serve

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"

	"cosmossdk.io/math"

	"ayni.example/credit"
	"ayni.example/inference/engine"
	"ayni.example/inference/wire"
	"ayni.example/receipt"
)

// order is what a task is made from: the request, and who pays on which lane.
type order struct {
	requestID string
	body      []byte
	request   engine.Request
	salt      receipt.Salt
	seed      uint64
	payer     string
	payerKey  receipt.Key
	channel   receipt.Digest
	lane      uint32
	served    served
	name      string // of the model, as the payer knows it
	digest    string // of the model, as the payer knows it
	price     receipt.Price
	readable  []string
	limit     math.Int // acredit, the most that the answer may cost; nil for what costs nothing
}

// task is one answer in the making.
type task struct {
	server  *Server
	served  served
	request engine.Request
	salt    receipt.Salt
	draft   receipt.Receipt // all that is known before the answer
	prompt  uint64          // tokens of the prompt, exact or a bound
	exact   bool
	most    uint64 // tokens that the answer may have
	answer  wire.Answer
}

// newTask counts the prompt and fills in what the receipt says of the request.
func (s *Server) newTask(ctx context.Context, o order) (*task, error) {
	t := &task{server: s, served: o.served, request: o.request, salt: o.salt}
	t.request.Model = o.served.model.Name
	t.request.Options.Seed, t.request.Scope = &o.seed, o.payer
	proved := slices.Contains(o.served.model.Capabilities, string(engine.Prediction))
	if proved != (o.request.Kind == engine.Prediction) {
		return nil, engine.Errorf(engine.Unsupported, "model %s does not take a %s", o.name, o.request.Kind).WithParam("model").
			WithHint("models whose answers are proved answer at /v1/predictions, the others do not")
	}
	count, ok, err := o.served.engine.Count(ctx, t.request)
	switch {
	case err != nil:
		return nil, fmt.Errorf("count the prompt: %w", err)
	case ok && count >= 0:
		t.prompt, t.exact = uint64(count), !proved // a prediction is paid for behind its proof
	default:
		t.prompt = wire.PromptBound(o.body)
	}
	id, err := receipt.NewID(s.cfg.Random)
	if err != nil {
		return nil, err
	}
	quote, err := receipt.NewQuoteID(s.cfg.Random)
	if err != nil {
		return nil, err
	}
	model := o.served.model
	t.draft = receipt.Receipt{
		Version: receipt.Version, ID: id, ChainID: s.cfg.ChainID, RequestID: o.requestID, Provider: s.cfg.Address,
		Payer: o.payer, PayerKey: o.payerKey, Channel: o.channel, Lane: o.lane, Quote: quote,
		SaltDigest: o.salt.Digest(), Request: o.salt.Request(o.body),
		Model: o.name, ModelDigest: o.digest, Quantisation: model.Quantisation, Engine: o.served.engine.Name(), Build: model.Build,
		Seed: o.seed, Price: o.price, Assurance: receipt.Signed, ReadableBy: o.readable, StartedMS: s.cfg.Now().UnixMilli(),
	}
	if proved {
		t.draft.Assurance = receipt.Proved
	}
	if model.Template != "" {
		t.draft.Template = sha256.Sum256([]byte(model.Template))
	}
	if err := t.bound(o.limit); err != nil {
		return nil, err
	}
	t.draft.Sampling, err = wire.Sampling(t.request.Options)
	return t, err
}

// enough is more tokens than any answer has.
const enough = 1 << 30

// bound lowers the request's own bound on tokens to what the payer's bound on the total buys.
func (t *task) bound(total math.Int) error {
	t.most = enough
	if total.IsNil() {
		return nil
	}
	prompt, err := t.draft.Price.Cost(receipt.Usage{Prompt: t.prompt})
	if err != nil {
		return err
	}
	output, rest := t.draft.Price.Output, total.Sub(prompt)
	if rest.IsNegative() || (t.request.Kind != engine.Embeddings && rest.LT(output)) {
		return engine.Errorf(engine.Unpaid, "prompt of %d tokens costs up to %s acredit, the request allows %s in all", t.prompt, prompt, total).
			WithHint("allow a higher cost or shorten the prompt")
	}
	if t.request.Kind == engine.Embeddings || output.IsZero() {
		return nil
	}
	if tokens := rest.Quo(output); tokens.LT(math.NewInt(enough)) {
		t.most = tokens.Uint64()
		most := int(t.most)
		if asked := t.request.Options.MaxTokens; asked == nil || *asked < 0 || *asked > most {
			t.request.Options.MaxTokens = &most
		}
	}
	return nil
}

// run lets the engine answer. An error of emit ends the work and is returned as it is.
func (t *task) run(ctx context.Context, emit func(engine.Chunk) error) (engine.Result, error) {
	var failed error
	result, err := t.served.engine.Generate(ctx, t.request, func(c engine.Chunk) error {
		if failed = t.answer.Add(c); failed == nil {
			failed = emit(c)
		}
		return failed
	})
	switch {
	case failed != nil:
		return result, failed
	case ctx.Err() != nil:
		return result, fmt.Errorf("answer cancelled: %w", context.Cause(ctx))
	case err != nil:
		return result, fmt.Errorf("engine %s: %w", t.served.engine.Name(), err)
	}
	return result, nil
}

// embed is run for an embedding request.
func (t *task) embed(ctx context.Context) (engine.Embedding, engine.Result, error) {
	vectors, err := t.served.engine.Embed(ctx, t.request)
	if err != nil {
		return vectors, engine.Result{}, fmt.Errorf("engine %s: %w", t.served.engine.Name(), err)
	}
	if len(vectors.Vectors) != len(t.request.Input) {
		return vectors, engine.Result{}, engine.Errorf(engine.Unavailable, "engine %s gave %d vectors for %d inputs",
			t.served.engine.Name(), len(vectors.Vectors), len(t.request.Input))
	}
	t.answer.AddVectors(vectors)
	return vectors, engine.Result{Finish: "stop", Usage: vectors.Usage, Metered: string(receipt.MeteredReported), Seed: t.draft.Seed}, nil
}

// done is what the receipt says of a whole answer, and the result as metered.
func (t *task) done(result engine.Result) (credit.Done, engine.Result, error) {
	text, err := t.answer.Text()
	if err != nil {
		return credit.Done{}, result, err
	}
	done := credit.Done{Answer: t.salt.Answer(text), Finish: result.Finish, Seed: t.draft.Seed}
	t.meter(&done, result)
	result.Usage = engine.Usage{Prompt: int(done.Usage.Prompt), Completion: int(done.Usage.Completion), Cached: min(max(result.Usage.Cached, 0), int(done.Usage.Prompt))}
	result.Metered, result.Seed = string(done.Metered), done.Seed
	return done, result, nil
}

// meter counts what was shown; where nothing can be counted it takes the engine's word within the bounds that the payer holds
// it to.
func (t *task) meter(done *credit.Done, result engine.Result) {
	prompt, completion := uint64(max(result.Usage.Prompt, 0)), uint64(max(result.Usage.Completion, 0))
	done.Usage.Prompt = min(prompt, t.prompt)
	if t.exact {
		done.Usage.Prompt = t.prompt
	}
	done.Metered = receipt.MeteredReported
	if t.request.Kind == engine.Embeddings {
		return
	}
	if ids, shown := t.answer.IDs(); shown && t.exact && len(ids) > 0 {
		done.Metered, done.Usage.Completion, done.Tokens = receipt.MeteredTokens, uint64(len(ids)), t.salt.Tokens(ids)
		return
	}
	done.Usage.Completion = max(min(completion, t.most), t.answer.Charged())
	done.Usage.Completion = min(done.Usage.Completion, uint64(t.answer.Bytes()))
}
