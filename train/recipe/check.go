package recipe

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// Bounds far above what one machine can train; they keep sizes inside an int and memory finite.
const (
	maxLayers  = 256
	maxWidth   = 1 << 16
	maxContext = 1 << 16
	maxVocab   = 1 << 18
	maxWindows = 1 << 12
	maxSteps   = 1 << 30
)

// check names the first value that cannot work.
func (r *Recipe) check(p *located) error {
	name := regexp.MustCompile(`^[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)?(:[a-z0-9._-]+)?$`)
	switch {
	case r.Name == "":
		return p.errorf("name", "add a line such as `name: me/notes`", "missing")
	case len(r.Name) > 128 || !name.MatchString(r.Name):
		return p.errorf("name", "use lower-case letters, digits, dots and dashes: me/notes", "%q is no name of a model", r.Name)
	case !slices.Contains([]Mode{Pretrain, Continue, Full, LoRA}, r.Mode):
		return p.errorf("mode", "pretrain makes new weights, continue and full change given ones, lora adds adapters to given ones",
			"%q is unknown, want pretrain, continue, full or lora", r.Mode)
	}
	for _, check := range []func(*located) error{r.checkModel, r.checkTokenizer, r.checkData, r.checkSchedule, r.checkOptimiser, r.checkBatch, r.checkLoRA, r.checkExport} {
		if err := check(p); err != nil {
			return err
		}
	}
	return nil
}

// between checks integers, in the order given.
func between(p *located, list ...bound) error {
	for _, c := range list {
		if c.v < c.lo || c.v > c.hi {
			if !p.has(c.field) {
				return p.errorf(c.field, "", "missing, want %d to %d", c.lo, c.hi)
			}
			return p.errorf(c.field, "", "%d is out of range, want %d to %d", c.v, c.lo, c.hi)
		}
	}
	return nil
}

type bound struct {
	field     string
	v, lo, hi int
}

func (r *Recipe) checkModel(p *located) error {
	m := r.Model
	if r.Mode != Pretrain {
		if m.From == "" {
			return p.errorf("model.from", "name a GGUF file, or use `mode: pretrain` to begin with new weights", "missing in mode %s", r.Mode)
		}
		for _, f := range []string{"layers", "width", "heads", "kv_heads", "head_size", "inner", "context", "rope_base", "epsilon"} {
			if p.has("model." + f) {
				return p.errorf("model."+f, "remove it: the file says what shape the model has", "stands beside model.from")
			}
		}
		return nil
	}
	if m.From != "" {
		return p.errorf("model.from", "use `mode: continue`, `full` or `lora`", "given weights in mode pretrain")
	}
	err := between(p, bound{"model.layers", m.Layers, 1, maxLayers}, bound{"model.width", m.Width, 1, maxWidth},
		bound{"model.heads", m.Heads, 1, maxWidth}, bound{"model.kv_heads", m.KVHeads, 1, maxWidth},
		bound{"model.head_size", m.HeadSize, 2, 1 << 12}, bound{"model.inner", m.Inner, 1, maxWidth}, bound{"model.context", m.Context, 2, maxContext})
	switch {
	case err != nil:
		return err
	case m.Heads%m.KVHeads != 0:
		return p.errorf("model.kv_heads", "choose a divisor of model.heads", "%d heads cannot share %d key-value heads", m.Heads, m.KVHeads)
	case m.HeadSize%2 != 0:
		return p.errorf("model.head_size", "positions rotate pairs: choose an even size", "%d is odd", m.HeadSize)
	case m.Heads*m.HeadSize > maxWidth:
		return p.errorf("model.heads", "", "%d heads of %d are too wide", m.Heads, m.HeadSize)
	case !(m.RopeBase >= 1 && m.RopeBase <= 1e30):
		return p.errorf("model.rope_base", "10000 is usual", "%v is out of range, want 1 to 1e30", m.RopeBase)
	case !(m.Epsilon > 0 && m.Epsilon < 1):
		return p.errorf("model.epsilon", "1e-5 is usual", "%v is out of range, want above 0 and below 1", m.Epsilon)
	}
	return nil
}

func (r *Recipe) checkTokenizer(p *located) error {
	t := r.Tokenizer
	switch {
	case r.Mode != Pretrain && (p.has("tokenizer.vocabulary") || p.has("tokenizer.from") || p.has("tokenizer.splitter")):
		return p.errorf("tokenizer", "remove it: given weights only know the tokens they were trained on", "stands beside model.from")
	case r.Mode != Pretrain:
		return nil
	case t.From != "" && (p.has("tokenizer.vocabulary") || p.has("tokenizer.splitter")):
		return p.errorf("tokenizer.from", "keep tokenizer.from, or train one with vocabulary and splitter", "stands beside vocabulary or splitter")
	case t.From != "":
		return nil
	case t.Vocabulary < 257 || t.Vocabulary > maxVocab:
		return p.errorf("tokenizer.vocabulary", "256 bytes, one end token, and merges: 2048 suits small models", "%d is out of range, want 257 to %d", t.Vocabulary, maxVocab)
	case !slices.Contains([]string{"gpt-2", "llama-bpe", "qwen2", "smollm"}, t.Splitter):
		return p.errorf("tokenizer.splitter", "gpt-2 suits most text", "%q is unknown, want gpt-2, llama-bpe, qwen2 or smollm", t.Splitter)
	}
	return nil
}

func (r *Recipe) checkData(p *located) error {
	d := r.Data
	switch {
	case d.Folder == "":
		return p.errorf("data.folder", "name the folder that holds the text; ${NAME} stands for an environment variable", "missing")
	case d.List != "" && (len(d.Include) > 0 || len(d.Exclude) > 0):
		return p.errorf("data.list", "the list alone says which files there are: remove include and exclude", "stands beside include or exclude")
	case d.MaxBytes < 1 || d.MaxBytes > 1<<30:
		return p.errorf("data.max_bytes", "", "%d is out of range, want 1 to %d", d.MaxBytes, 1<<30)
	case d.HeldOut < 0 || d.HeldOut == 1:
		return p.errorf("data.held_out", "20 holds out one file in twenty, 0 none", "%d would leave nothing to train on, want 0 or at least 2", d.HeldOut)
	case d.Copyright != "keep" && d.Copyright != "strip":
		return p.errorf("data.copyright", "strip removes a leading comment that holds the word Copyright", "%q is unknown, want keep or strip", d.Copyright)
	}
	for _, field := range []string{"include", "exclude"} {
		for _, glob := range map[string][]string{"include": d.Include, "exclude": d.Exclude}[field] {
			for part := range strings.SplitSeq(glob, "/") {
				if _, err := path.Match(part, ""); err != nil {
					return p.errorf("data."+field, "globs know *, ? and [a-z] in a name and ** for any folders", "%q is no glob", glob)
				}
			}
		}
	}
	return nil
}

func (r *Recipe) checkSchedule(p *located) error {
	s := r.Schedule
	steps, tokens := r.Budget.Steps, r.Budget.Tokens
	switch {
	case steps == 0 && tokens == 0:
		return p.errorf("budget", "add `budget:` with `steps: 1000` or `tokens: 2000000` below it", "missing")
	case steps != 0 && tokens != 0:
		return p.errorf("budget.tokens", "keep one of the two", "stands beside budget.steps")
	case steps < 0 || steps > maxSteps:
		return p.errorf("budget.steps", "", "%d is out of range, want 1 to %d", steps, maxSteps)
	case tokens < 0 || tokens > 1<<40:
		return p.errorf("budget.tokens", "", "%d is out of range, want 1 to %d", tokens, int64(1)<<40)
	case !(s.Rate > 0 && s.Rate <= 1):
		return p.errorf("schedule.rate", "2e-3 suits a small new model, 2e-4 a given one", "%v is out of range, want above 0 and at most 1", s.Rate)
	case !(s.Least >= 0 && s.Least <= s.Rate):
		return p.errorf("schedule.least", "", "%v is out of range, want 0 to schedule.rate", s.Least)
	case s.WarmUp < 0 || s.WarmUp > maxSteps:
		return p.errorf("schedule.warm_up", "", "%d is out of range, want 0 to %d", s.WarmUp, maxSteps)
	case !slices.Contains([]string{"cosine", "linear", "constant"}, s.Shape):
		return p.errorf("schedule.shape", "", "%q is unknown, want cosine, linear or constant", s.Shape)
	}
	return nil
}

func (r *Recipe) checkOptimiser(p *located) error {
	o := r.Optimiser
	for _, c := range []struct {
		field  string
		v      float64
		lo, hi float64
	}{
		{"optimiser.beta1", o.Beta1, 0, 0.9999},
		{"optimiser.beta2", o.Beta2, 0, 0.99999},
		{"optimiser.epsilon", o.Epsilon, 1e-20, 1},
		{"optimiser.decay", o.Decay, 0, 10},
		{"optimiser.clip", o.Clip, 0, 1e9},
	} {
		if !(c.v >= c.lo && c.v <= c.hi) {
			return p.errorf(c.field, "", "%v is out of range, want %v to %v", c.v, c.lo, c.hi)
		}
	}
	return nil
}

func (r *Recipe) checkBatch(p *located) error {
	b := r.Batch
	if err := between(p, bound{"batch.windows", b.Windows, 1, maxWindows}, bound{"batch.length", b.Length, 1, maxContext},
		bound{"batch.micro", b.Micro, 1, maxWindows}, bound{"evaluate.every", r.Evaluate.Every, 0, maxSteps},
		bound{"evaluate.windows", r.Evaluate.Windows, 1, 1 << 20}, bound{"checkpoint.every", r.Checkpoint.Every, 1, maxSteps}); err != nil {
		return err
	}
	if r.Mode == Pretrain && b.Length > r.Model.Context {
		return p.errorf("batch.length", "a window cannot be longer than what the model sees", "%d is longer than model.context %d", b.Length, r.Model.Context)
	}
	if s := r.Steps(); s < 1 || s > maxSteps {
		return p.errorf("budget.tokens", "", "that is %d steps, want 1 to %d", s, maxSteps)
	}
	if r.Schedule.WarmUp >= r.Steps() && r.Schedule.WarmUp > 0 {
		return p.errorf("schedule.warm_up", "a tenth of the steps is plenty", "%d steps of warm-up leave none of the %d", r.Schedule.WarmUp, r.Steps())
	}
	return nil
}

func (r *Recipe) checkLoRA(p *located) error {
	if r.Mode != LoRA {
		if p.has("lora") {
			return p.errorf("lora", "use `mode: lora`, or remove it", "stands in mode %s", r.Mode)
		}
		return nil
	}
	if err := between(p, bound{"lora.rank", r.LoRA.Rank, 1, 1024}); err != nil {
		return err
	}
	if !(r.LoRA.Alpha > 0 && r.LoRA.Alpha <= 1e6) {
		return p.errorf("lora.alpha", "twice the rank is usual", "%v is out of range, want above 0 and at most 1e6", r.LoRA.Alpha)
	}
	known := []string{"attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"}
	for _, t := range r.LoRA.Targets {
		if !slices.Contains(known, t) {
			return p.errorf("lora.targets", "", "%q is unknown, want some of %s", t, strings.Join(known, ", "))
		}
	}
	return nil
}

func (r *Recipe) checkExport(p *located) error {
	known := []string{"F32", "F16", "BF16", "Q8_0", "Q6_K", "Q4_K", "Q4_0"}
	for _, t := range r.Export.Types {
		if !slices.Contains(known, t) {
			return p.errorf("export.types", "", "%q is unknown, want some of %s", t, strings.Join(known, ", "))
		}
	}
	return nil
}
