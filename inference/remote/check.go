package remote

import (
	"context"
	"slices"
	"strings"

	"ayni.example/inference/engine"
	"ayni.example/inference/engine/proved"
	"ayni.example/inference/wire"
	"ayni.example/receipt"
)

// checkQuote holds the quote to the ledger's offer and to the request.
func (c *conversation) checkQuote(ctx context.Context) error {
	q, offer := c.quote, offered(c.job.Route)
	if err := q.Validate(); err != nil {
		return dishonest("quote: %w", err)
	}
	bound := wire.PromptBound(c.job.Body)
	switch {
	case q.PriceInput.GT(offer.Input) || q.PriceOutput.GT(offer.Output):
		return dishonest("price %s and %s is above the %s and %s of its offer", q.PriceInput, q.PriceOutput, offer.Input, offer.Output)
	case q.ModelDigest != modelDigest(c.job.Route):
		return dishonest("it would answer with model %s", q.ModelDigest)
	case c.job.Request.Kind == engine.Prediction && !q.PromptCost.IsZero():
		return dishonest("it asks %s for a prediction before its proof", q.PromptCost)
	case q.PromptTokens > bound:
		return dishonest("prompt of %d tokens in %d bytes", q.PromptTokens, len(c.job.Body))
	}
	if counted, ok := c.countPrompt(ctx); ok && q.PromptExact && q.PromptTokens != counted {
		return dishonest("prompt of %d tokens, it has %d", q.PromptTokens, counted)
	}
	cost, err := c.price().Cost(receipt.Usage{Prompt: q.PromptTokens})
	if err != nil {
		return dishonest("quote: %w", err)
	}
	switch {
	case q.PromptExact && !q.PromptCost.Equal(cost), !q.PromptExact && !q.PromptCost.IsZero():
		return dishonest("prompt costs %s, it asks %s first", cost, q.PromptCost)
	case q.PromptCost.GT(c.limit):
		return engine.Errorf(engine.Unpaid, "prompt costs %s acredit, the request allows %s in all", q.PromptCost, c.limit).
			WithHint("allow a higher cost or shorten the prompt")
	}
	return nil
}

func (c *conversation) countPrompt(ctx context.Context) (uint64, bool) {
	if c.backend.cfg.Meter == nil {
		return 0, false
	}
	n, ok := c.backend.cfg.Meter.Prompt(ctx, modelDigest(c.job.Route), c.job.Request)
	return uint64(max(n, 0)), ok
}

// checkEnd holds receipt and result to what was received.
func (c *conversation) checkEnd(ctx context.Context, end wire.End) error {
	r, salt := end.Receipt, c.job.Salt
	text, err := c.answer.Text()
	if err != nil {
		return dishonest("%w", err)
	}
	if c.job.Request.Kind == engine.Embeddings && len(c.vectors) != len(c.job.Request.Input) {
		return dishonest("%d vectors for %d inputs", len(c.vectors), len(c.job.Request.Input))
	}
	if r.Answer != salt.Answer(text) {
		return dishonest("%w", receipt.ErrAnswer)
	}
	if err := r.Check(); err != nil {
		return dishonest("%w", err)
	}
	switch {
	case r.Key != receipt.Key(c.job.Route.Key):
		return dishonest("receipt is signed by a key that is not on the ledger: %w", receipt.ErrProvider)
	case r.Engine != c.quote.Engine || r.Build != c.quote.Build || r.Seed != c.job.Seed || !slices.Equal(r.ReadableBy, c.quote.ReadableBy):
		return dishonest("receipt names another engine, build, seed or readers than the quote")
	case end.Result.Usage.Prompt != int(r.Usage.Prompt) || end.Result.Usage.Completion != int(r.Usage.Completion):
		return dishonest("result and receipt count differently")
	case r.ID != c.quote.ReceiptID || r.RequestID != c.job.RequestID || r.Status != receipt.Complete:
		return dishonest("receipt is for something else")
	}
	if err := c.checkProof(r, text); err != nil {
		return err
	}
	return c.checkMetering(ctx, r, string(text))
}

// checkProof verifies a prediction for the model that was offered, before anything is paid.
func (c *conversation) checkProof(r receipt.Receipt, text []byte) error {
	if c.job.Request.Kind != engine.Prediction {
		if r.Assurance == receipt.Proved {
			return dishonest("receipt says %s of an answer without a proof", r.Assurance)
		}
		return nil
	}
	if r.Assurance != receipt.Proved {
		return dishonest("receipt of a prediction says %s", r.Assurance)
	}
	if err := proved.Check(modelDigest(c.job.Route), c.job.Request.Prompt, text); err != nil {
		return dishonest("%w", err)
	}
	return nil
}

// checkMetering counts again: exactly where token ids were shown, else by the bytes.
func (c *conversation) checkMetering(ctx context.Context, r receipt.Receipt, text string) error {
	if r.Usage.Prompt > c.quote.PromptTokens || (c.quote.PromptExact && r.Usage.Prompt != c.quote.PromptTokens) {
		return dishonest("prompt of %d tokens, quoted were %d", r.Usage.Prompt, c.quote.PromptTokens)
	}
	ids, shown := c.answer.IDs()
	if r.Metered != receipt.MeteredTokens {
		if bytes := uint64(c.answer.Bytes()); r.Usage.Completion > bytes {
			return dishonest("%d tokens for %d bytes", r.Usage.Completion, bytes)
		}
		if shown && len(ids) > 0 && r.Usage.Completion > uint64(len(ids)) {
			return dishonest("%d tokens reported, %d were shown", r.Usage.Completion, len(ids))
		}
		return nil
	}
	switch {
	case !shown:
		return dishonest("it counts tokens that it has not shown")
	case r.Usage.Completion != uint64(len(ids)):
		return dishonest("%d tokens, %d were shown", r.Usage.Completion, len(ids))
	case r.Tokens != c.job.Salt.Tokens(ids):
		return dishonest("token digest differs: %w", receipt.ErrAnswer)
	}
	if c.backend.cfg.Meter == nil {
		return nil
	}
	if said, ok := c.backend.cfg.Meter.Text(ctx, modelDigest(c.job.Route), ids); ok && !spells(said, text, c.job.Request.Options.Stop) {
		return dishonest("its tokens do not spell the answer")
	}
	return nil
}

// stopTail is what the token that ended a stop string may say behind it, in bytes.
const stopTail = 256

// spells tells whether tokens say an answer: exactly, or up to a stop string that was cut off it. More would be padding.
func spells(said, text string, stops []string) bool {
	rest, ok := strings.CutPrefix(said, text)
	if !ok || rest == "" {
		return ok
	}
	for _, stop := range stops {
		if stop != "" && strings.HasPrefix(rest, stop) && len(rest) <= len(stop)+stopTail {
			return true
		}
	}
	return false
}
