package machine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"ayni.example/client/verdict"
	"ayni.example/inference/dialect"
	"ayni.example/inference/engine"
	"ayni.example/receipt"
	"ayni.example/web/operator"
)

// replayMax bounds the threads of a replay.
const replayMax = 64

// Replay implements operator.Operator: it runs the kept request again.
func (m *Machine) Replay(ctx context.Context, id string, threads int) (operator.Replay, error) {
	record, err := m.record(ctx, id)
	if err != nil {
		return operator.Replay{}, err
	}
	content, err := m.Content(ctx, id)
	if err != nil {
		return operator.Replay{}, err
	}
	return replay(ctx, record.File, content.Endpoint, content.Request, threads)
}

// ReplayFile runs a request again that somebody holds with its receipt file; it needs no home and no network. The receipt must
// verify, and the request must be the one that it names.
func ReplayFile(ctx context.Context, raw, request []byte, threads int) (operator.Replay, error) {
	file, err := receipt.DecodeFile(raw)
	if err == nil {
		_, err = verdict.Verify(file, receipt.Held{Request: request}, nil)
	}
	switch {
	case err != nil:
		return operator.Replay{}, fmt.Errorf("refused: %w", err)
	case file.Opening == nil || file.Delivery == nil:
		return operator.Replay{}, advice(errors.New("the file does not tell how to read the request, or lacks the salt"), "take the file from the gateway that asked, without --public")
	}
	return replay(ctx, file, file.Delivery.Endpoint, request, threads)
}

// replay runs a request with the receipt's seed and compares text and tokens.
func replay(ctx context.Context, file receipt.File, endpoint string, request []byte, threads int) (operator.Replay, error) {
	if threads < 1 || threads > replayMax {
		return operator.Replay{}, fmt.Errorf("%d threads: want 1 to %d", threads, replayMax)
	}
	r := file.Receipt
	again := operator.Replay{ID: string(r.ID), Threads: threads}
	e, _, err := openExact(threads)
	if err != nil {
		return again, err
	}
	models, err := e.Models(ctx)
	if err != nil {
		return again, err
	}
	i := slices.IndexFunc(models, func(model engine.Model) bool { return model.Digest == r.ModelDigest })
	if i < 0 || r.Build != models[i].Build {
		again.Reason = fmt.Sprintf("%s was answered by %s; only models of the exact engine on this machine can be replayed", r.Model, r.Engine)
		return again, nil
	}
	req, err := dialect.Parse(endpoint, request)
	if err != nil {
		return again, err
	}
	req.Model, req.Options.Seed = models[i].Name, &r.Seed
	return compare(ctx, e, req, file, again)
}

func compare(ctx context.Context, e engine.Engine, req engine.Request, file receipt.File, again operator.Replay) (operator.Replay, error) {
	var text bytes.Buffer
	result, err := e.Generate(ctx, req, func(c engine.Chunk) error { text.WriteString(c.Text); return nil })
	if err != nil {
		return again, err
	}
	again.Tokens, again.Text = result.Tokens, text.String()
	salt := file.Opening.Salt
	switch {
	case salt.Answer(text.Bytes()) != file.Receipt.Answer:
		again.Reason = "the text differs from the one that was signed"
	case !file.Receipt.Tokens.IsZero() && salt.Tokens(result.Tokens) != file.Receipt.Tokens:
		again.Reason = "the tokens differ from those that were signed"
	default:
		again.Same = true
	}
	return again, nil
}
