package gateway

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"cosmossdk.io/math"

	"ayni.example/credit/x402"
	"ayni.example/inference/dialect"
	"ayni.example/inference/engine"
	"ayni.example/inference/ollama"
)

const (
	templateTokens = 1024 // that a chat template may add to a prompt
	usualContext   = 8192 // tokens, where a model does not say
	settleWait     = 10 * time.Second
)

// exchange is one request for an answer, from its body to its receipt.
type exchange struct {
	g        *Gateway
	w        http.ResponseWriter
	r        *http.Request
	control  *http.ResponseController
	endpoint string
	visit    *visit
	who      caller

	name    string // Idempotency-Key
	body    []byte
	req     engine.Request
	want    Preference
	routes  []Route
	granted math.Int // that the answer may cost
	spent   math.Int // by all attempts
	settled bool
	answer  answer
}

// infer answers one endpoint.
func (g *Gateway) infer(endpoint string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		x := &exchange{
			g: g, w: w, r: r, control: http.NewResponseController(w), endpoint: endpoint, visit: visitOf(r), who: callerOf(r),
			granted: math.ZeroInt(), spent: math.ZeroInt(),
		}
		x.answer.x = x
		x.visit.key = x.who.id()
		if err := x.run(r.Context()); err != nil {
			x.visit.err = err
			writeError(w, endpoint, err)
		}
	}
}

// run returns an error only while nothing was sent.
func (x *exchange) run(ctx context.Context) error {
	g := x.g
	if x.who.key != nil {
		if err := g.cfg.Keys.Allow(*x.who.key); err != nil {
			return err
		}
	}
	select {
	case g.slots <- struct{}{}:
	default:
		return later(engine.Unavailable, time.Second, "%d requests are being answered, more than that do not fit", cap(g.slots))
	}
	g.metrics.inFlight.Inc()
	defer func() { g.metrics.inFlight.Dec(); <-g.slots }()
	var err error
	if x.body, err = g.readBody(x.w, x.r); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, g.cfg.Timeouts.Request)
	defer cancel()
	x.name = x.r.Header.Get(idempotencyName)
	if x.name == "" {
		return x.fresh(ctx)
	}
	return x.named(ctx)
}

// named answers a request that the client may send again.
func (x *exchange) named(ctx context.Context) error {
	if len(x.name) > maxIdempotency {
		return engine.Errorf(engine.Invalid, "%s has more than %d bytes", idempotencyName, maxIdempotency)
	}
	x.visit.id = x.g.requestID(x.who.id(), x.name)
	x.w.Header().Set(RequestHeader, x.visit.id)
	before, err := x.g.replays.claim(x.visit.id, sha256.Sum256(append([]byte(x.endpoint+"\x00"), x.body...)))
	if err != nil {
		return err
	}
	if before != nil {
		x.visit.receipt = before.receipt
		x.w.Header().Set(ReceiptHeader, before.receipt)
		writeBody(x.w, before.status, before.content, before.answer)
		return nil
	}
	x.answer.keep = true
	defer func() { x.g.replays.settle(x.visit.id, x.answer.replay) }()
	return x.fresh(ctx)
}

// fresh plans the request, reserves its budget and tries the candidates.
func (x *exchange) fresh(ctx context.Context) error {
	if err := x.plan(ctx); err != nil {
		return err
	}
	if strings.HasPrefix(x.endpoint, "/api/") && ollama.IsLoad(x.req) {
		return x.loaded()
	}
	if err := x.reserve(ctx); err != nil {
		return err
	}
	defer x.settle(ctx) // where nothing did it before: a panic below
	return x.attempts(ctx)
}

// plan reads what is asked and finds who can answer.
func (x *exchange) plan(ctx context.Context) error {
	var err error
	if x.req, err = dialect.Parse(x.endpoint, x.body); err != nil {
		return err
	}
	if x.want, err = ParsePreference(x.body, x.r.Header.Get(PreferenceHeader)); err != nil {
		return err
	}
	var first error
	for _, model := range append([]string{x.req.Model}, x.want.Models...) {
		routes, err := x.g.cfg.Router.Routes(ctx, x.g.cfg.Aliases.Resolve(model), x.want)
		if err == nil {
			routes, err = x.allowed(model, routes)
		}
		if err != nil && first == nil {
			first = err
		}
		x.routes = append(x.routes, routes...)
	}
	if len(x.routes) == 0 {
		return first
	}
	if x.name == "" {
		return nil
	}
	return x.sameAgain(ctx)
}

// allowed leaves the candidates whose model the caller's key may use.
func (x *exchange) allowed(model string, routes []Route) ([]Route, error) {
	key := x.who.key
	if key == nil || len(key.Models) == 0 {
		return routes, nil
	}
	routes = slices.DeleteFunc(routes, func(r Route) bool { return !key.MayUse(x.g.namesOf(model, r.Model)...) })
	if len(routes) == 0 {
		return nil, engine.Errorf(engine.Forbidden, "api key %s may not use model %q", key.ID, model).WithParam("model").
			WithHint("GET /v1/models lists what it may use")
	}
	return routes, nil
}

// sameAgain puts who answered this very request before in front: it gives the same answer without being paid again.
func (x *exchange) sameAgain(ctx context.Context) error {
	who, err := x.g.cfg.Receipts.servedBy(ctx, x.visit.id, x.who.id())
	if err != nil || who == "" {
		return err
	}
	slices.SortStableFunc(x.routes, func(a, b Route) int {
		switch {
		case a.Who() == who && b.Who() != who:
			return -1
		case a.Who() != who && b.Who() == who:
			return 1
		}
		return 0
	})
	return nil
}

// loaded answers clients of Ollama that only want the model to be in memory.
func (x *exchange) loaded() error {
	reply := engine.Reply{Receipt: "", Model: x.req.Model, Started: x.visit.started, Now: x.g.cfg.Now}
	writer := ollama.NewWriter(x.endpoint, x.req, reply)
	body, err := writer.Loaded()
	if err != nil {
		return err
	}
	writeBody(x.w, http.StatusOK, writer.ContentType(), body)
	return nil
}

// reserve sets what the answer may cost: the most that any candidate could charge, within the gateway's and the key's bounds.
func (x *exchange) reserve(ctx context.Context) error {
	most := math.ZeroInt()
	for _, route := range x.routes {
		most = math.MaxInt(most, x.bound(route))
	}
	if paid := x402.PaidBy(ctx); paid != nil {
		most = math.MinInt(most, paid.Amount) // the seller spends no more than it gets
	}
	if bound, there := ctx.Value(mostKey{}).(math.Int); there {
		most = math.MinInt(most, bound)
	}
	if x.who.key == nil {
		x.granted = most
		return nil
	}
	granted, err := x.g.cfg.Keys.Reserve(ctx, x.who.key.ID, x.visit.id, most)
	if err != nil {
		return err
	}
	x.granted = granted
	return nil
}

// bound is the most that a candidate could charge: a token has at least one byte.
func (x *exchange) bound(route Route) math.Int {
	input, output := route.Prices()
	answer := int64(usualContext)
	if route.Model.Context > 0 {
		answer = int64(route.Model.Context)
	}
	if asked := x.req.Options.MaxTokens; asked != nil {
		answer = min(answer, int64(max(*asked, 0)))
	}
	if x.req.Kind == engine.Embeddings {
		answer = 0
	}
	prompt := int64(len(x.body)) + templateTokens
	if x.req.Kind == engine.Prediction {
		prompt, answer = 1, 0 // the price of a prediction is its input's
	}
	total := input.MulRaw(prompt).Add(output.MulRaw(answer))
	return math.MinInt(total, x.g.cfg.MaxTotal)
}

// settle ends the reservation with what was spent.
func (x *exchange) settle(ctx context.Context) {
	if x.settled {
		return
	}
	x.settled = true
	x.charge(ctx)
	if x.who.key == nil {
		return
	}
	ctx, cancel := lasting(ctx)
	defer cancel()
	if err := x.g.cfg.Keys.Settle(ctx, x.who.key.ID, x.visit.id, x.granted, x.spent); err != nil {
		x.g.log.Error("spending not recorded", "request_id", x.visit.id, "key", x.who.key.ID, "error", err)
	}
}

// lasting is a context that outlives the client, for what must be written down in any case.
func lasting(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), settleWait)
}

// gone tells whether the client has left.
func (x *exchange) gone() bool {
	return x.answer.lost != nil || errors.Is(x.r.Context().Err(), context.Canceled)
}
