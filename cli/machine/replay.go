package machine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"syscall"

	"ayni.example/client/verdict"
	"ayni.example/inference/dialect"
	"ayni.example/inference/engine"
	"ayni.example/inference/engine/exact"
	"ayni.example/inference/wire"
	"ayni.example/internal/home"
	"ayni.example/receipt"
	"ayni.example/tensor/llama"
	"ayni.example/web/operator"
)

// replayMax bounds the threads of a replay.
const replayMax = 64

// Replay implements operator.Operator: it recomputes the kept answer.
func (m *Machine) Replay(ctx context.Context, id string, threads int) (operator.Replay, error) {
	record, err := m.record(ctx, id)
	if err != nil {
		return operator.Replay{}, err
	}
	content, err := m.Content(ctx, id)
	if err != nil {
		return operator.Replay{}, err
	}
	r := replay{file: record.File, endpoint: content.Endpoint, request: content.Request, threads: threads, source: m.shelf}
	if text, err := dialect.Text(content.Endpoint, content.Answer); err == nil {
		r.text = text
	}
	return r.run(ctx)
}

// Held is what somebody replays with, beside the receipt file.
type Held struct {
	Request []byte
	Answer  []byte // text or response; nil when it is not at hand
	Threads int
	Compare bool   // generate the answer anew too, to compare what both take
	Models  string // folder of models beside the built-in one, "" for none
	Log     *slog.Logger
}

// ReplayFile recomputes an answer that somebody holds with its receipt file; it needs no home and no network. The receipt must
// verify, and request and answer must be those that it names.
func ReplayFile(ctx context.Context, raw []byte, held Held) (operator.Replay, error) {
	file, err := receipt.DecodeFile(raw)
	if err == nil {
		_, err = verdict.Verify(file, receipt.Held{Request: held.Request, Answer: held.Answer}, nil)
	}
	switch {
	case err != nil:
		return operator.Replay{}, fmt.Errorf("refused: %w", err)
	case file.Opening == nil || file.Delivery == nil:
		return operator.Replay{}, advice(errors.New("the file does not tell how to read the request, or lacks the salt"), "take the file from the gateway that asked, without --public")
	}
	r := replay{
		file: file, endpoint: file.Delivery.Endpoint, request: held.Request, text: string(held.Answer),
		threads: held.Threads, compare: held.Compare,
	}
	if text, err := dialect.Text(r.endpoint, held.Answer); err == nil {
		r.text = text
	}
	if _, err := os.Stat(held.Models); err == nil {
		if r.source, err = openShelf(held.Models, held.Log); err != nil {
			return operator.Replay{}, err
		}
	}
	return r.run(ctx)
}

// replay is one answer to be recomputed.
type replay struct {
	file     receipt.File
	endpoint string
	request  []byte
	text     string // of the answer, where it is known: it saves time and is not believed
	threads  int
	compare  bool
	source   *shelf // nil is none
}

func (r *replay) run(ctx context.Context) (operator.Replay, error) {
	if r.threads < 1 || r.threads > replayMax {
		return operator.Replay{}, fmt.Errorf("%d threads: want 1 to %d", r.threads, replayMax)
	}
	signed := r.file.Receipt
	again := operator.Replay{ID: string(signed.ID), Threads: r.threads}
	if signed.Status != receipt.Complete {
		again.Reason = "the answer was broken off, so that its receipt covers no whole text"
		return again, nil
	}
	var source exact.Source
	if r.source != nil {
		source = r.source
	}
	e, err := openExact(home.Config{}, r.threads, source)
	if err != nil {
		return again, err
	}
	models, err := e.Models(ctx)
	if err != nil {
		return again, err
	}
	i := slices.IndexFunc(models, func(model engine.Model) bool { return model.Digest == signed.ModelDigest })
	if i < 0 || signed.Build != models[i].Build {
		again.Reason = fmt.Sprintf("%s was answered by %s; only models of the exact engine on this machine can be replayed", signed.Model, signed.Engine)
		return again, nil
	}
	req, err := dialect.Parse(r.endpoint, r.request)
	if err != nil {
		return again, err
	}
	req.Model, req.Options.Seed = models[i].Name, &signed.Seed
	if again.Reason, err = bound(&req, signed); err != nil {
		return again, err
	}
	return r.recompute(ctx, e, req, again)
}

// bound takes over the receipt's bound on tokens where it is below the request's, and ended the answer: a provider ends an answer
// at the most that the request may cost. Everything else is taken from the request, whatever the receipt says.
func bound(req *engine.Request, signed receipt.Receipt) (note string, err error) {
	options, err := wire.ParseSampling(signed.Sampling, signed.Seed)
	if err != nil {
		return "", err
	}
	most, asked := options.MaxTokens, req.Options.MaxTokens
	if most == nil || signed.Finish != llama.FinishLength || asked != nil && *asked <= *most {
		return "", nil
	}
	req.Options.MaxTokens = most
	return fmt.Sprintf("the provider ended the answer after the %d tokens that its receipt allows; the request alone allows more", *most), nil
}

func (r *replay) recompute(ctx context.Context, e *exact.Library, req engine.Request, again operator.Replay) (operator.Replay, error) {
	var text bytes.Buffer
	start := processTime()
	result, work, err := e.Recompute(ctx, req, exact.Known{Text: r.text}, func(c engine.Chunk) error { text.WriteString(c.Text); return nil })
	if err != nil {
		return again, err
	}
	again.CPU = processTime() - start
	again.Tokens, again.Text, again.Passes, again.Rows = result.Tokens, text.String(), work.Passes, work.Rows
	signed, salt := r.file.Receipt, r.file.Opening.Salt
	switch {
	case salt.Answer(text.Bytes()) != signed.Answer:
		again.Reason = "the text differs from the one that was signed"
	case !signed.Tokens.IsZero() && salt.Tokens(result.Tokens) != signed.Tokens:
		again.Reason = "the tokens differ from those that were signed"
	case signed.Metered == receipt.MeteredTokens &&
		(signed.Usage.Prompt != uint64(result.Usage.Prompt) || signed.Usage.Completion != uint64(len(result.Tokens))):
		again.Reason = fmt.Sprintf("%d and %d tokens were charged, prompt and answer have %d and %d",
			signed.Usage.Prompt, signed.Usage.Completion, result.Usage.Prompt, len(result.Tokens))
	default:
		again.Same = true
	}
	if r.compare {
		start = processTime()
		if _, err := e.Generate(ctx, req, func(engine.Chunk) error { return nil }); err != nil {
			return again, err
		}
		again.Anew = processTime() - start
	}
	return again, nil
}

// processTime is what all processors have spent on this process so far, in seconds; 0 where the system does not tell.
func processTime() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}
