package train

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"ayni.example/tensor"
	"ayni.example/tensor/grad"
	"ayni.example/train/bpe"
	"ayni.example/train/corpus"
	"ayni.example/train/recipe"
)

// plan is all that follows from the recipe before the first step.
type plan struct {
	recipe       *recipe.Recipe
	corpus       *corpus.Corpus
	words        *vocabulary
	architecture string
	template     string
	keys         []bpe.Pair   // of the architecture, in the GGUF files that are exported
	kept         []keptTensor // of the base model
	model        *grad.Model
	order        *corpus.Order
	held         corpus.Stream
	baseDigest   [sha256.Size]byte
	run          [sha256.Size]byte // names the run: whoever has it gets the same states
}

func newPlan(cfg Config) (*plan, error) {
	p := &plan{recipe: cfg.Recipe, architecture: "llama"}
	var err error
	cfg.Progress(Progress{Stage: "reading text"})
	if p.corpus, err = readCorpus(cfg); err != nil {
		return nil, err
	}
	for _, why := range slices.Sorted(maps.Keys(p.corpus.LeftOut)) {
		if why != corpus.NotAsked {
			cfg.Logger.Warn("files left out", "why", why, "files", p.corpus.LeftOut[why])
		}
	}
	if p.recipe.Mode == recipe.Pretrain {
		err = p.begin(cfg)
	} else {
		err = p.adopt(cfg)
	}
	if err != nil {
		return nil, err
	}
	if p.template, err = readTemplate(p.recipe, cfg.Lookup, p.template); err != nil {
		return nil, err
	}
	cfg.Progress(Progress{Stage: "encoding text"})
	files := corpus.Shuffle(p.corpus.Train, p.recipe.Seed)
	stream := corpus.Join(files, p.words.encode, p.words.marks())
	if p.order, err = corpus.NewOrder(stream, p.recipe.Seed, p.recipe.Batch.Length); err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	if len(p.corpus.Held) > 0 {
		p.held = corpus.Join(p.corpus.Held, p.words.encode, p.words.marks())
	}
	p.run = p.identity()
	return p, nil
}

func readCorpus(cfg Config) (*corpus.Corpus, error) {
	d := cfg.Recipe.Data
	folder, err := cfg.folder()
	if err != nil {
		return nil, err
	}
	list, err := cfg.Recipe.Expand("data.list", d.List, cfg.Lookup)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(folder); err != nil {
		return nil, cfg.Recipe.Fault("data.folder", "paths start at the folder of the recipe", err)
	}
	c, err := corpus.Read(corpus.Config{
		Folder: folder, Include: d.Include, Exclude: d.Exclude, List: list, HeldOut: d.HeldOut, MaxBytes: d.MaxBytes,
		Strip: d.Copyright == "strip",
	})
	if err != nil {
		return nil, err
	}
	if n := c.HeldBytes(); n < fewBytes && (d.HeldOut > 0 || n > 0) {
		cfg.Logger.Warn("little text is held out: figures on it will say little", "bytes", n, "files", len(c.Held))
	}
	return c, nil
}

// fewBytes of held-out text are too few to judge a model by.
const fewBytes = 10_000

// begin makes new weights.
func (p *plan) begin(cfg Config) error {
	t, m := p.recipe.Tokenizer, p.recipe.Model
	var err error
	if t.From == "" {
		cfg.Progress(Progress{Stage: "learning a vocabulary"})
		p.words, err = learned(p.corpus.Train, t.Splitter, t.Vocabulary)
	} else {
		p.words, p.template, err = p.borrow(cfg, t.From)
	}
	if err != nil {
		return err
	}
	shape := grad.Shape{
		Vocab: p.words.run.Size(), Context: m.Context, Width: m.Width, Layers: m.Layers, Heads: m.Heads, KVHeads: m.KVHeads,
		HeadSize: m.HeadSize, Inner: m.Inner, Base: float32(m.RopeBase), Eps: float32(m.Epsilon),
	}
	if err := p.fits(shape); err != nil {
		return err
	}
	if p.model, err = grad.New(shape, p.recipe.Seed); err != nil {
		return fmt.Errorf("train: %w", err)
	}
	p.keys = shapeKeys(p.architecture, p.model.Shape())
	return nil
}

// borrow takes the tokenizer of a model file.
func (p *plan) borrow(cfg Config, from string) (*vocabulary, string, error) {
	b, err := openBase(cfg, "tokenizer.from", from)
	if err != nil {
		return nil, "", err
	}
	defer b.close() //nolint:errcheck // nothing was written
	words, err := given(b.file.Metadata)
	return words, b.template, err
}

// adopt takes tokenizer and weights of a model file.
func (p *plan) adopt(cfg Config) error {
	cfg.Progress(Progress{Stage: "loading " + p.recipe.Model.From})
	b, err := openBase(cfg, "model.from", p.recipe.Model.From)
	if err != nil {
		return err
	}
	defer b.close() //nolint:errcheck // nothing was written
	p.baseDigest, p.architecture, p.template = b.digest, b.architecture, b.template
	if p.words, err = given(b.file.Metadata); err != nil {
		return fmt.Errorf("base model %s: %w", b.name, err)
	}
	if p.words.run.Size() != b.shape.Vocab {
		return fmt.Errorf("base model %s has %d embeddings and %d tokens", b.name, b.shape.Vocab, p.words.run.Size())
	}
	if n := p.recipe.Batch.Length; n > b.shape.Context {
		return hinted{fmt.Errorf("windows of %d tokens are longer than the context of %s, %d", n, b.name, b.shape.Context), "make batch.length shorter"}
	}
	if err := p.fits(b.shape); err != nil {
		return err
	}
	if p.model, err = grad.New(b.shape, p.recipe.Seed); err != nil {
		return fmt.Errorf("train: %w", err)
	}
	if b.rotary != nil {
		if err := p.model.SetRotary(b.rotary); err != nil {
			return fmt.Errorf("train: %w", err)
		}
	}
	if err := b.load(p.model); err != nil {
		return err
	}
	p.keys, p.kept = b.keys(), b.kept
	if p.recipe.Mode != recipe.LoRA {
		return nil
	}
	l := p.recipe.LoRA
	err = p.model.AddLoRA(grad.LoRA{Rank: l.Rank, Alpha: float32(l.Alpha), Targets: l.Targets, Seed: p.recipe.Seed})
	if err != nil {
		return fmt.Errorf("train: %w", err)
	}
	return nil
}

func readTemplate(r *recipe.Recipe, lookup func(string) (string, bool), given string) (string, error) {
	if r.Export.Template == "" {
		return given, nil
	}
	name, err := r.Expand("export.template", r.Export.Template, lookup)
	if err != nil {
		return "", err
	}
	const most = 1 << 20
	text, err := corpus.ReadFile(name, most)
	if err != nil {
		return "", r.Fault("export.template", "paths start at the folder of the recipe", err)
	}
	return string(text), nil
}

// identity is the digest of all that a step depends on. What only says when to measure, save or export is not in it.
func (p *plan) identity() [sha256.Size]byte {
	h := sha256.New()
	r, s := p.recipe, p.model.Shape()
	fmt.Fprintf(h, "ayni/train-run/1\nnumerics %s\nmode %s\nseed %d\ncorpus %x\ntokenizer %x\nbase %x\n", tensor.Profile, r.Mode, r.Seed, p.corpus.Digest, p.words.digest, p.baseDigest)
	fmt.Fprintf(h, "shape %d %d %d %d %d %d %d %d %x %x %v %v %v %v\n", s.Vocab, s.Context, s.Width, s.Layers, s.Heads, s.KVHeads, s.HeadSize,
		s.Inner, s.Base, s.Eps, s.HalfSplit, s.Bias, s.HeadNorm, s.Untied)
	fmt.Fprintf(h, "batch %d %d\nsteps %d\n", r.Batch.Windows, r.Batch.Length, r.Steps())
	fmt.Fprintf(h, "schedule %s %x %x %d\n", r.Schedule.Shape, r.Schedule.Rate, r.Schedule.Least, r.Schedule.WarmUp)
	fmt.Fprintf(h, "optimiser %x %x %x %x %x\n", r.Optimiser.Beta1, r.Optimiser.Beta2, r.Optimiser.Epsilon, r.Optimiser.Decay, r.Optimiser.Clip)
	if r.Mode == recipe.LoRA {
		fmt.Fprintf(h, "lora %d %x %s\n", r.LoRA.Rank, r.LoRA.Alpha, strings.Join(r.LoRA.Targets, " "))
	}
	return [sha256.Size]byte(h.Sum(nil))
}
