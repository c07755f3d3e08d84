package remote

import (
	"encoding/hex"

	"cosmossdk.io/math"

	"ayni.example/inference/engine"
	"ayni.example/inference/gateway"
	"ayni.example/inference/wire"
	"ayni.example/receipt"
)

// answerTokens is what an answer is taken to need at most when neither the request nor the offer bounds it.
const answerTokens = 4096

// need is what a job may cost: no more than the client allows, and no more than its prompt and bound on tokens can come to, so
// that a small request does not lock a large deposit.
func need(job gateway.Job) (math.Int, error) {
	if len(job.Route.Offer.Model) != len(receipt.Digest{}) || job.Route.Peer == "" {
		return math.Int{}, engine.Errorf(engine.Unavailable, "provider %s has no offer or no peer id on the ledger", job.Route.Provider)
	}
	if len(job.Body) > wire.MaxBody {
		return math.Int{}, engine.Errorf(engine.TooLarge, "request of %d bytes, a provider takes %d", len(job.Body), wire.MaxBody)
	}
	completion := uint64(answerTokens)
	if context := job.Route.Offer.Context; context > 0 {
		completion = uint64(context)
	}
	if most := job.Request.Options.MaxTokens; most != nil && *most >= 0 {
		completion = uint64(*most)
	}
	if job.Request.Kind == engine.Embeddings {
		completion = 0
	}
	prompt := wire.PromptBound(job.Body)
	if job.Request.Kind == engine.Prediction {
		prompt, completion = 1, 0 // the price of a prediction is its input's
	}
	cost, err := offered(job.Route).Cost(receipt.Usage{Prompt: prompt, Completion: completion})
	if err != nil {
		return math.Int{}, engine.Errorf(engine.Unavailable, "offer of provider %s: %w", job.Route.Provider, err)
	}
	if job.MaxTotal.IsNil() {
		return cost, nil
	}
	return math.MinInt(cost, job.MaxTotal), nil
}

// offered is the price on the ledger.
func offered(route gateway.Route) receipt.Price {
	input, output := route.Prices()
	return receipt.Price{Input: input, Output: output}
}

// modelDigest is the ledger's digest of the route's model in text form.
func modelDigest(route gateway.Route) string { return hex.EncodeToString(route.Offer.Model) }
