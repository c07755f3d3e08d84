package host

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// think runs the loop: the model is asked, its calls are done, and so on, until it says something without a call.
func (w *wakeup) think(ctx context.Context) error {
	if err := w.begin(ctx); err != nil {
		return err
	}
	for n := range int(w.document.Steps) {
		r := w.script.request(w.document.Model, w.lease.Seed, n)
		t, err := once(w.journal, fmt.Sprintf("think/%d", n), func() (Thought, error) {
			t, err := w.cfg.Thinker.Think(w.bounded(ctx), r)
			if err != nil {
				return Thought{}, fmt.Errorf("ask the model: %w", err)
			}
			return t.bound(w.document.Model)
		})
		if err != nil && ctx.Err() != nil && n > 0 { // what was thought so far is better than nothing
			w.record.note("out of time after %d thoughts", n)
			break
		}
		if errors.Is(err, ErrQuestion) { // asked again it would fail again, at the agent's cost
			w.record.note("no thought %d: %.300s", n+1, strings.ToValidUTF8(err.Error(), "\uFFFD"))
			return nil
		}
		if err != nil {
			return err
		}
		if err := w.record.thought(r, t); err != nil {
			return err
		}
		step := Step{Thought: t}
		for i, c := range t.Calls {
			done, err := w.call(ctx, n, i, c)
			if err != nil {
				return err
			}
			step.Results = append(step.Results, done.Text)
			w.record.Tools = append(w.record.Tools, done.used())
		}
		w.script.Steps = append(w.script.Steps, step)
		if len(t.Calls) == 0 {
			return nil
		}
	}
	w.record.note("no answer within %d thoughts", w.document.Steps)
	return nil
}

// begin gathers what the model is told first.
func (w *wakeup) begin(ctx context.Context) error {
	start, err := once(w.journal, "begin", func() (beginning, error) { return w.gather(ctx) })
	if err != nil {
		return err
	}
	w.record.start(w, start)
	w.script = Transcript{Format: 1, Wake: w.lease.Wake.Number, Memory: start.Memory, Message: start.Message, Specs: start.Specs}
	w.script.First = first(w, start)
	return nil
}

// beginning is what a wake-up starts from.
type beginning struct {
	Memory  Memory   `json:"memory"`
	Message Message  `json:"message"`
	Specs   []Spec   `json:"specs"`
	Notes   []string `json:"notes"`
}

func (w *wakeup) gather(ctx context.Context) (beginning, error) {
	var b beginning
	note := func(format string, args ...any) { b.Notes = append(b.Notes, fmt.Sprintf(format, args...)) }
	var err error
	if b.Memory, err = w.recall(ctx, note); err != nil {
		return b, err
	}
	if len(w.lease.Wake.Message) > 0 {
		sealed, err := w.cfg.Artifacts.Fetch(ctx, digest(w.lease.Wake.Message), sealedMax, "message to an agent")
		if err == nil {
			err = Open(sealed, &b.Message, w.cfg.Key)
		}
		if err == nil && len(b.Message.Text) > MessageMax {
			err = fmt.Errorf("it has %d bytes, at most %d", len(b.Message.Text), MessageMax)
		}
		if ctx.Err() != nil {
			return b, ctx.Err()
		}
		if err != nil { // who sent it has lost its chance; the agent lives on
			b.Message = Message{}
			note("the message cannot be read: %.200s", err.Error())
		}
	}
	for _, t := range w.document.Tools {
		spec, err := w.describe(ctx, t)
		if ctx.Err() != nil {
			return b, ctx.Err()
		}
		if err != nil {
			note("tool %s is off: %.300s", t.Name, err.Error())
			continue
		}
		b.Specs = append(b.Specs, spec)
	}
	b.Specs = append(b.Specs, own(w.charter.Actions)...)
	return b, nil
}

// recall opens the memory that the last wake-up left, or the last that is here when that one cannot be had any more.
func (w *wakeup) recall(ctx context.Context, note func(string, ...any)) (Memory, error) {
	want := digest(w.agent.Memory)
	if want == "" {
		return Memory{Format: 1}, nil
	}
	memory, err := w.remembered(ctx, want)
	if err == nil || ctx.Err() != nil {
		return memory, errors.Join(ctx.Err())
	}
	note("memory %s cannot be had: %.200s", want, err.Error())
	w.mu.Lock()
	older := w.kept[fmt.Sprintf("%x", w.agent.Id)]
	w.mu.Unlock()
	if older == "" || older == want {
		return Memory{Format: 1}, nil
	}
	if memory, err = w.remembered(ctx, older); err != nil {
		return Memory{Format: 1}, ctx.Err()
	}
	note("an older memory is used: %s", older)
	return memory, nil
}

// first is what the model is told before it says anything.
func first(w *wakeup, b beginning) []Turn {
	turns := []Turn{{Role: "system", Content: system(w.document, b.Specs)}}
	if text := b.Memory.tell(); text != "" {
		turns = append(turns, Turn{Role: "user", Content: text})
	}
	return append(turns, Turn{Role: "user", Content: cause(w.lease.Wake, b.Message)})
}

// used is a call for the decision, without its content.
func (d done) used() Used {
	return Used{
		Name: d.Name, Arguments: sum([]byte(d.Arguments)), Result: sum([]byte(d.Text)), Payment: d.Payment, Paid: d.Paid, Refused: d.Refused,
	}
}
