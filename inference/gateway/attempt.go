package gateway

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"cosmossdk.io/math"

	"ayni.example/inference/engine"
)

// statusGone is what logs and metrics say of a client that left before it got anything.
const statusGone = 499

// failed is one candidate that could not answer.
type failed struct {
	who string
	err error
}

// attempts tries the candidates in turn until one sends its first piece; from then on it is this one or none.
func (x *exchange) attempts(ctx context.Context) error {
	var failures []failed
	routes := x.routes[:min(len(x.routes), x.g.cfg.Limits.Attempts)]
	for i, route := range routes {
		if i > 0 {
			x.g.metrics.retries.Inc()
		}
		outcome, err := x.attempt(ctx, route)
		if err == nil {
			return x.complete(ctx, outcome)
		}
		if x.gone() {
			x.abandon(ctx, outcome, err)
			return nil
		}
		x.g.cfg.Router.Report(route, err)
		failures = append(failures, failed{route.Who(), err})
		if x.answer.begun || ctx.Err() != nil || i == len(routes)-1 || final(route, err) {
			x.breakOff(ctx, outcome, joined(failures))
			return nil
		}
		x.g.log.Warn("candidate failed, the next is tried", "request_id", x.visit.id, "served_by", route.Who(), "error", err)
		x.account(ctx, outcome, nil)
		x.answer.reset()
	}
	return engine.Errorf(engine.Internal, "no candidate for model %q", x.req.Model) // routes are never empty here
}

// attempt has one candidate serve the request.
func (x *exchange) attempt(ctx context.Context, route Route) (Outcome, error) {
	backend := x.g.cfg.backend(route)
	if backend == nil {
		return Outcome{}, engine.Errorf(engine.Unavailable, "this gateway cannot reach %s", route.Who())
	}
	left := x.granted.Sub(x.spent)
	job := Job{
		RequestID: x.visit.id, Endpoint: x.endpoint, Body: x.body, Request: x.req, Salt: x.g.salt(x.visit.id),
		MaxTotal: math.MaxInt(math.ZeroInt(), math.MinInt(left, x.bound(route))), PayerKey: x.g.payer, Route: route,
	}
	job.Request.Model = route.Model.Name
	if job.Request.Options.Seed == nil {
		seed := x.g.seed(x.visit.id)
		job.Request.Options.Seed = &seed
	}
	job.Seed = *job.Request.Options.Seed
	x.visit.who, x.visit.route = route.Who(), "network"
	if route.Local {
		x.visit.route = "local"
	}
	x.answer.route, x.answer.salt = route, job.Salt
	return backend.Serve(ctx, job, x.answer.start, x.answer.emit)
}

// final tells whether no other candidate should be asked. This machine is believed when it says that a request is wrong; a
// provider may only claim so to refuse it.
func final(route Route, err error) bool {
	switch engine.AsError(err).Kind {
	case engine.Unpaid:
		return true
	case engine.Invalid, engine.TooLarge:
		return route.Local
	default:
		return false
	}
}

// joined is what the client sees: the one failure as it is, several as a list with the kind that they share.
func joined(failures []failed) error {
	last := engine.AsError(failures[len(failures)-1].err)
	if len(failures) == 1 {
		return withTopUp(failures[0].err)
	}
	kind, texts, errs := last.Kind, make([]string, len(failures)), make([]error, len(failures))
	for i, f := range failures {
		typed := engine.AsError(f.err)
		if typed.Kind != kind {
			kind = engine.Unavailable
		}
		texts[i], errs[i] = f.who+": "+typed.Cause, f.err
	}
	all := engine.Errorf(kind, "no candidate could answer: %s", strings.Join(texts, "; "))
	all.Err = errors.Join(errs...)
	all.Hint, all.Param = last.Hint, last.Param
	return withTopUp(all)
}

// withTopUp tells how to go on where there is no money left.
func withTopUp(err error) error {
	typed := engine.AsError(err)
	if typed.Kind != engine.Unpaid || typed.Hint != "" {
		return err
	}
	return fmt.Errorf("%w", typed.WithHint("top up the account of this gateway; `ayni wallet show` tells its address and balance"))
}
