package host

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"cosmossdk.io/math"

	"ayni.example/agent/charter"
	"ayni.example/internal/ethkey"
	"ayni.example/internal/home"
	"ayni.example/x/agent"
)

// done is a call and what came of it.
type done struct {
	Name      string `json:"name"`
	Arguments string `json:"arguments"`
	Text      string `json:"text"`
	Call      uint32 `json:"call,omitempty"` // number of the paid call behind this one
	Payment   string `json:"payment,omitempty"`
	Paid      string `json:"paid,omitempty"`
	Refused   string `json:"refused,omitempty"`
}

// call does what the model asks for. A refusal or a failure is told to the model; an error means that the wake-up cannot go on here.
func (w *wakeup) call(ctx context.Context, step, i int, c Call) (done, error) {
	if slices.Contains(charter.Reserved(), c.Name) { // no effect before the act
		text, err := w.ownCall(c)
		d := done{Name: c.Name, Arguments: c.Arguments, Text: text}
		if err != nil {
			d.Text, d.Refused = "refused: "+err.Error(), cut(err.Error(), 300)
		}
		return d, nil
	}
	d, err := once(w.journal, fmt.Sprintf("call/%d/%d", step, i), func() (done, error) { return w.outside(ctx, step, i, c) })
	w.next = max(w.next, d.Call)
	return d, err
}

func (w *wakeup) outside(ctx context.Context, step, i int, c Call) (done, error) {
	d := done{Name: cut(c.Name, 64), Arguments: c.Arguments}
	t, err := w.admit(c)
	if err == nil {
		bounded, cancel := context.WithTimeout(ctx, time.Duration(t.Seconds)*time.Second)
		defer cancel()
		p := &purchase{w: w, tool: t, key: w.idempotency(step, i)}
		switch t.Kind {
		case charter.MCP:
			d.Text, err = w.callMCP(bounded, t, p, c.Arguments)
		case charter.HTTP:
			d.Text, err = w.callHTTP(bounded, t, p, c.Arguments)
		case charter.WASM:
			d.Text, err = w.callWASM(bounded, t, c.Arguments)
		case charter.Ledger:
			d.Text, err = w.callLedger(bounded, t)
		}
		d.Call, d.Payment, d.Paid = p.next, p.payment, p.paid
		if fatal := p.fatal; fatal != nil {
			return done{}, fatal
		}
	}
	if ctx.Err() != nil {
		return done{}, ctx.Err()
	}
	if err != nil {
		d.Refused = cut(strings.ToValidUTF8(err.Error(), ""), 300)
		d.Text = "no result: " + d.Refused
	}
	if d.Text = strings.ToValidUTF8(d.Text, "\uFFFD"); len(d.Text) > int(max(t.Bytes, 1024)) {
		d.Text = cut(d.Text, int(t.Bytes))
	}
	return d, nil
}

// admit finds the tool in the charter and holds the arguments against its constraints.
func (w *wakeup) admit(c Call) (charter.Tool, error) {
	i := slices.IndexFunc(w.document.Tools, func(t charter.Tool) bool { return t.Name == c.Name })
	if i < 0 || !slices.ContainsFunc(w.script.Specs, func(s Spec) bool { return s.Name == c.Name }) {
		return charter.Tool{}, fmt.Errorf("no tool is named %.64q here", c.Name)
	}
	t := w.document.Tools[i]
	if len(c.Arguments) > argumentsMax {
		return t, fmt.Errorf("arguments have %d bytes, at most %d", len(c.Arguments), argumentsMax)
	}
	s, err := charter.Compile(t.Arguments)
	if err != nil {
		return t, err
	}
	return t, s.Check(json.RawMessage(c.Arguments))
}

// idempotency names a call for whoever offers the tool: the same when it is made again after a crash, here or elsewhere.
func (w *wakeup) idempotency(step, i int) string {
	return fmt.Sprintf("%x-%d-%d-%d", w.agent.Id[:8], w.lease.Wake.Number, step, i)
}

// ownCall takes what takes effect with the act.
func (w *wakeup) ownCall(c Call) (string, error) {
	var in struct {
		Note    string `json:"note"`
		To      string `json:"to"`
		Amount  string `json:"amount"`
		Context string `json:"context"`
	}
	if err := json.Unmarshal([]byte(c.Arguments), &in); err != nil {
		return "", errors.New("arguments are no JSON object of strings")
	}
	if c.Name == "remember" {
		if in.Note == "" || len(in.Note) > noteMax || len(w.notes) >= int(charter.StepsMax) {
			return "", fmt.Errorf("want a note of 1 to %d bytes, and not too many", noteMax)
		}
		w.notes = append(w.notes, strings.ToValidUTF8(in.Note, ""))
		return "noted", nil
	}
	if len(w.actions) >= agent.ActionsMax {
		return "", fmt.Errorf("more than %d actions", agent.ActionsMax)
	}
	raw, err := ethkey.AddressCodec{}.StringToBytes(strings.TrimSpace(in.To))
	if err != nil || len(raw) == 0 {
		return "", fmt.Errorf("%.80q is no address", in.To)
	}
	amount, err := home.Credits(in.Amount)
	if err != nil || !amount.IsPositive() || amount.BigInt().BitLen() > 128 {
		return "", fmt.Errorf("%.60q is no amount of credits above 0", in.Amount)
	}
	w.actions = append(w.actions, action(c.Name, ethkey.Format(raw), amount, in.Context))
	return "asked for; the ledger decides at the end of this wake-up", nil
}

func action(name, payee string, amount math.Int, about string) agent.Action {
	if name != charter.PayProved {
		return agent.Action{Pay: &agent.Pay{Payee: payee, Amount: amount}}
	}
	value := []byte(about)
	if raw, err := hex.DecodeString(strings.TrimPrefix(about, "0x")); err == nil && strings.HasPrefix(about, "0x") {
		value = raw
	}
	return agent.Action{PayProved: &agent.PayProved{Payee: payee, Amount: amount, Context: value}}
}
