package host

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"time"

	"ayni.example/agent/charter"
	"ayni.example/internal/home"
	"ayni.example/sandbox"
)

// callWASM runs a module: arguments come in at stdin, and what it prints is the result. Its randomness is a function of the arguments.
func (w *wakeup) callWASM(ctx context.Context, t charter.Tool, arguments string) (string, error) {
	if w.cfg.WASM == nil {
		return "", errors.New("this host runs no code")
	}
	image, err := w.cfg.WASM.Prepare(ctx, t.Module)
	if err != nil {
		return "", err
	}
	var out, problem bytes.Buffer
	r, err := sandbox.Run(ctx, w.cfg.WASM, image, sandbox.Spec{
		Stdin: strings.NewReader(arguments), Stdout: &out, Stderr: &problem,
		Seed:   sha256.Sum256(append(w.lease.Seed, arguments...)),
		Limits: sandbox.Limits{Fuel: t.Fuel, Wall: time.Duration(t.Seconds) * time.Second, Memory: 128 << 20, Output: int64(t.Bytes) + 4096},
	})
	if err != nil {
		return "", err
	}
	if !r.OK() {
		return "", fmt.Errorf("the code ended with %s (%d): %.200s %.200s", r.Reason, r.Exit, r.Detail, problem.String())
	}
	return out.String(), nil
}

const logShown = 16 // entries that a tool shows

// callLedger shows an agent what the ledger has of it.
func (w *wakeup) callLedger(ctx context.Context, t charter.Tool) (string, error) {
	if t.View == charter.ViewBalance {
		m, err := w.cfg.Ledger.AgentTreasury(ctx, w.agent.Id)
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("balance %s credits, of which %s held; spent in this hour %s, today %s, ever %s of %s", home.FormatCredits(m.Balance),
			home.FormatCredits(m.Held), home.FormatCredits(m.Hour), home.FormatCredits(m.Day), home.FormatCredits(m.Lifetime),
			home.FormatCredits(w.charter.Caps.Lifetime)), nil
	}
	log, err := w.cfg.Ledger.AgentLog(ctx, w.agent.Id)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, e := range log[max(0, len(log)-logShown):] {
		fmt.Fprintf(&b, "wake-up %d", e.Wake.Number)
		for _, r := range e.Results {
			to, amount := r.Action.Payment()
			fmt.Fprintf(&b, "; %s %s credits to %s: %s %s", r.Action.Name(), home.FormatCredits(amount), to, strings.ToLower(strings.TrimPrefix(r.Outcome.String(), "OUTCOME_")), r.Reason)
		}
		b.WriteByte('\n')
	}
	if b.Len() == 0 {
		return "no wake-up before this one", nil
	}
	return b.String(), nil
}
