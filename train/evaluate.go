package train

import (
	"context"
	"fmt"
	"math"

	"ayni.example/train/corpus"
)

// overlap is the part of a window, in tokens, that the window before has scored: the least context of any token
// but the first of a file.
const overlap = 64

// together is how many windows are scored in one call; it changes the speed only.
const together = 8

// tally sums what was scored.
type tally struct {
	nats          float64
	tokens, bytes int
}

func (r *run) score(t tally) *Score {
	return &Score{
		Step: r.step, Tokens: r.tokens(), BitsPerByte: t.nats / math.Ln2 / float64(t.bytes), Loss: t.nats / float64(t.tokens),
		Scored: t.tokens, Bytes: t.bytes,
	}
}

// measure scores some windows of the held-out text, always the same.
func (r *run) measure() error {
	tokens := r.plan.held.Tokens
	length := min(r.cfg.Recipe.Batch.Length, len(tokens)-1)
	if length < 1 {
		return nil
	}
	r.cfg.Progress(Progress{Stage: "scoring held-out text", Step: r.step, Stop: r.cfg.Steps})
	n := min(r.cfg.Recipe.Evaluate.Windows, (len(tokens)-1)/length)
	stride := (len(tokens) - 1 - length) / max(1, n-1)
	if n == 1 {
		stride = 0
	}
	var t tally
	for from := 0; from < n; from += together {
		var windows [][]int32
		for i := from; i < min(n, from+together); i++ {
			w := tokens[i*stride : i*stride+length+1]
			for _, id := range w[1:] {
				t.bytes += len(r.plan.words.run.Piece(id))
			}
			t.tokens += length
			windows = append(windows, w)
		}
		sum, err := r.trainer.Loss(windows)
		if err != nil {
			return fmt.Errorf("score held-out text: %w", err)
		}
		t.nats += sum
	}
	if t.bytes > 0 {
		r.log.Held = append(r.log.Held, *r.score(t))
	}
	return nil
}

// whole scores every token of every held-out file once, in windows that overlap. nil when nothing is held out.
func (r *run) whole(ctx context.Context) (*Score, error) {
	var t tally
	for i, f := range r.plan.corpus.Held {
		r.cfg.Progress(Progress{Stage: fmt.Sprintf("scoring held-out file %d of %d", i+1, len(r.plan.corpus.Held)), Step: r.step, Stop: r.cfg.Steps})
		if err := r.file(ctx, f, &t); err != nil {
			return nil, fmt.Errorf("score %s: %w", f.Path, err)
		}
	}
	if t.bytes == 0 || t.tokens == 0 {
		return nil, nil
	}
	return r.score(t), nil
}

func (r *run) file(ctx context.Context, f corpus.File, t *tally) error {
	ids := append([]int32{r.plan.words.marks().Start}, r.plan.words.encode(f.Text)...)
	t.bytes += len(f.Text)
	length := r.cfg.Recipe.Batch.Length
	for from := 1; from < len(ids); {
		if err := ctx.Err(); err != nil {
			return err
		}
		start := max(0, from-1-min(overlap, length-1))
		end := min(start+length+1, len(ids))
		logs, err := r.plan.model.Score(r.pool, ids[start:end])
		if err != nil {
			return err
		}
		for _, l := range logs[from-start-1:] {
			t.nats -= float64(l)
		}
		t.tokens += end - from
		from = end
	}
	return nil
}
