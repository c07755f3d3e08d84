package train

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"ayni.example/train/recipe"
)

// card writes what is known about the result: how it was made and how it did on held-out text.
func (r *run) card(w io.Writer, result *Result, files []Exported) error {
	var b strings.Builder
	c, s := r.cfg.Recipe, r.plan.model.Shape()
	fmt.Fprintf(&b, "# %s\n\n", c.Name)
	if c.Description != "" {
		fmt.Fprintf(&b, "%s\n\n", strings.TrimSpace(c.Description))
	}
	b.WriteString("| | |\n| --- | --- |\n")
	row := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "| %s | %s |\n", name, fmt.Sprintf(format, args...))
	}
	for _, f := range files {
		row(f.Kind, "`%s`, %d bytes, `%s`", filepath.Base(f.Path), f.Bytes, f.Digest)
	}
	row("state", "`%s` after step %d of %d", result.Digest, result.Step, result.Steps)
	row("run", "`%s`: recipe, text, tokenizer and base model", result.Run)
	if c.Licence != "" {
		row("licence", "%s", c.Licence)
	}
	row("architecture", "%s: %d parameters, %d layers of width %d, %d heads of %d, %d key-value heads, inner width %d, context %d", r.plan.architecture,
		s.Elements(), s.Layers, s.Width, s.Heads, s.HeadSize, s.KVHeads, s.Inner, s.Context)
	if c.Mode != recipe.Pretrain {
		row("base", "`%s`, `sha256:%x`", c.Model.From, r.plan.baseDigest)
	}
	if c.Mode == recipe.LoRA {
		row("adapters", "rank %d, alpha %v, on %s: %d parameters", c.LoRA.Rank, c.LoRA.Alpha, strings.Join(c.LoRA.Targets, ", "), result.Parameters)
	}
	row("tokenizer", "%d tokens, `sha256:%x`", s.Vocab, r.plan.words.digest)
	row("text", "%d files to train on, %d held out, `sha256:%x`", len(r.plan.corpus.Train), len(r.plan.corpus.Held), r.plan.corpus.Digest)
	row("training", "mode %s, %d tokens (%.2f passes), %d windows of %d a step, rate %v with %d steps of warm-up and a %s fall to %v, seed %d", c.Mode, result.Tokens,
		float64(r.step*c.Batch.Windows)/float64(r.plan.order.Epoch()), c.Batch.Windows, c.Batch.Length, c.Schedule.Rate, c.Schedule.WarmUp, c.Schedule.Shape, c.Schedule.Least, c.Seed)
	row("spent", "%.0f s of wall clock, %.0f s of processor time", result.Seconds, result.CPU)
	b.WriteString("\n## Measured\n\n")
	fmt.Fprintf(&b, "Training loss at the end: %.4f nats a token, mean of about the last 50 steps.\n", result.Loss)
	r.cardHeld(&b)
	b.WriteString("\nThe same recipe on the same text gives the same digests on every machine, at every number of threads, however often it is interrupted.\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *run) cardHeld(b *strings.Builder) {
	if len(r.plan.corpus.Held) == 0 {
		b.WriteString("\nNothing was held out, so nothing is known about text that it was not trained on.\n")
		return
	}
	if n := r.plan.corpus.HeldBytes(); n < fewBytes {
		fmt.Fprintf(b, "\nOnly %d bytes were held out: what follows says little.\n", n)
	}
	b.WriteString("\n| held-out text, weights in F32 | bits a byte | nats a token |\n| --- | ---: | ---: |\n")
	line := func(name string, s Score) { fmt.Fprintf(b, "| %s | %.4f | %.4f |\n", name, s.BitsPerByte, s.Loss) }
	if s := r.log.Before; s != nil {
		line("all of it, before", *s)
	}
	if s := r.log.After; s != nil {
		line(fmt.Sprintf("all of it (%d bytes), after", s.Bytes), *s)
	}
	for _, s := range thin(r.log.Held, 24) {
		line(fmt.Sprintf("%d windows, after %d tokens", (s.Scored+r.cfg.Recipe.Batch.Length-1)/r.cfg.Recipe.Batch.Length, s.Tokens), s)
	}
}

// thin keeps the first, the last and some between.
func thin(list []Score, most int) []Score {
	if len(list) <= most {
		return list
	}
	out := make([]Score, 0, most)
	for i := range most {
		out = append(out, list[i*(len(list)-1)/(most-1)])
	}
	return out
}
