package train

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"strings"

	"ayni.example/tensor"
	"ayni.example/tensor/gguf"
	"ayni.example/tensor/grad"
)

// base is a model file that a run starts from.
type base struct {
	name         string
	file         *gguf.File
	architecture string
	shape        grad.Shape
	rotary       *tensor.Rotary // nil: as the shape says
	kept         []keptTensor   // parts of the file that are no parameters
	digest       [sha256.Size]byte
	template     string // chat template; "" without one
	close        func() error
}

// keptTensor is carried over as it is.
type keptTensor struct {
	gguf.Tensor
	raw []byte
}

// factorsName is the tensor that divides the frequencies of positions.
const factorsName = "rope_freqs.weight"

// openBase finds a model file, a path or the name of a model of this machine, and reads the shape of its network.
func openBase(cfg Config, field, from string) (*base, error) {
	name, err := cfg.Recipe.Expand(field, from, cfg.Lookup)
	if err != nil {
		return nil, err
	}
	source, err := open(cfg, field, from, name)
	if err != nil {
		return nil, err
	}
	b := &base{name: from, close: source.Close}
	if err := b.read(source); err != nil {
		return nil, errors.Join(fmt.Errorf("open base model %s: %w", from, err), source.Close())
	}
	return b, nil
}

func open(cfg Config, field, from, name string) (*Source, error) {
	f, err := os.Open(name)
	if err == nil {
		info, err := f.Stat()
		if err != nil || !info.Mode().IsRegular() {
			return nil, errors.Join(fmt.Errorf("%s: %s is no model file", field, name), err, f.Close())
		}
		return &Source{ReaderAt: f, Size: info.Size(), Close: f.Close}, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", field, err)
	}
	if cfg.Model != nil && !strings.HasSuffix(from, ".gguf") {
		source, err := cfg.Model(from)
		if err == nil {
			return source, nil
		}
		return nil, hinted{fmt.Errorf("%s: %s is no file, and no model of this machine: %w", field, name, err), "paths start at the folder of the recipe; `ayni models ls` lists models by name"}
	}
	return nil, hinted{fmt.Errorf("%s: there is no file %s", field, name), "paths start at the folder of the recipe"}
}

func (b *base) read(source *Source) error {
	var err error
	if b.file, err = gguf.Read(source, source.Size); err != nil {
		return err
	}
	b.digest = b.file.Digest
	if b.template, err = b.file.Metadata.StringOr("tokenizer.chat_template", ""); err != nil {
		return err
	}
	return b.readShape()
}

// readShape maps the metadata of the architectures that package grad trains.
func (b *base) readShape() error {
	m := b.file.Metadata
	var err error
	if b.architecture, err = m.String("general.architecture"); err != nil {
		return err
	}
	s := &b.shape
	switch b.architecture {
	case "llama":
	case "qwen2":
		s.HalfSplit, s.Bias = true, true
	case "qwen3":
		s.HalfSplit, s.HeadNorm = true, true
	default:
		return hinted{fmt.Errorf("the architecture %q cannot be trained", b.architecture), "llama, qwen2 and qwen3 can"}
	}
	p := b.architecture + "."
	const must = -1
	number := func(dst *int, key string, missing int) {
		if err != nil {
			return
		}
		v := uint64(max(0, missing))
		if missing == must {
			v, err = m.Uint(p + key)
		} else {
			v, err = m.UintOr(p+key, v)
		}
		if *dst = int(v); err == nil && v > 1<<24 {
			err = fmt.Errorf("%s%s is %d", p, key, v)
		}
	}
	number(&s.Context, "context_length", must)
	number(&s.Width, "embedding_length", must)
	number(&s.Layers, "block_count", must)
	number(&s.Inner, "feed_forward_length", must)
	number(&s.Heads, "attention.head_count", must)
	number(&s.KVHeads, "attention.head_count_kv", max(1, s.Heads))
	number(&s.HeadSize, "attention.key_length", max(1, s.Width/max(1, s.Heads)))
	rotary := 0
	number(&rotary, "rope.dimension_count", max(1, s.HeadSize))
	if err != nil {
		return err
	}
	if s.Eps, err = m.Float(p + "attention.layer_norm_rms_epsilon"); err != nil {
		return err
	}
	if s.Base, err = m.FloatOr(p+"rope.freq_base", 10000); err != nil {
		return err
	}
	number(&s.Window, "attention.sliding_window", 0)
	embedding, ok := b.file.Tensor("token_embd.weight")
	if !ok || len(embedding.Dims) != 2 || embedding.Dims[1] > 1<<24 {
		return errors.New("it has no token_embd.weight")
	}
	if err != nil {
		return err
	}
	s.Vocab = int(embedding.Dims[1])
	_, s.Untied = b.file.Tensor("output.weight")
	if err := s.Validate(); err != nil {
		return err
	}
	return b.readRotary(rotary)
}

// readRotary takes positions that are scaled in a line, divided by factors, or turn part of a head.
func (b *base) readRotary(dims int) error {
	m, p := b.file.Metadata, b.architecture+"."
	scale := float32(1)
	kind, err := m.StringOr(p+"rope.scaling.type", "none")
	if err != nil {
		return err
	}
	switch kind {
	case "none":
	case "linear":
		factor, err := m.Float(p + "rope.scaling.factor")
		if err != nil {
			return err
		}
		if !(factor >= 1 && factor <= 1e6) {
			return fmt.Errorf("%srope.scaling.factor is %v", p, factor)
		}
		scale = 1 / factor
	default:
		return fmt.Errorf("its positions are scaled by %s, which cannot be trained", kind)
	}
	var factors []float32
	if t, ok := b.file.Tensor(factorsName); ok {
		if len(t.Dims) != 1 || t.Type != gguf.F32 || t.Dims[0] != uint64(dims/2) {
			return fmt.Errorf("its %s is %v of %s, want %d of F32", factorsName, t.Dims, t.Type, dims/2)
		}
		raw, err := b.file.Data(t)
		if err != nil {
			return err
		}
		for i := range dims / 2 {
			f := math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
			if !(f >= 0.125 && f <= 1e6) {
				return fmt.Errorf("its %s has the factor %v", factorsName, f)
			}
			factors = append(factors, f)
		}
		b.kept = append(b.kept, keptTensor{t, raw})
	}
	if dims < 2 || dims > b.shape.HeadSize || dims%2 != 0 {
		return fmt.Errorf("it rotates %d of the %d numbers of a head", dims, b.shape.HeadSize)
	}
	if scale != 1 || factors != nil || dims != b.shape.HeadSize {
		b.rotary = tensor.NewRotary(dims, float64(b.shape.Base), float64(scale), factors)
	}
	return nil
}

// load writes the weights of the file into a model, as float32.
func (b *base) load(m *grad.Model) error {
	used := 0
	for _, p := range m.Params() {
		t, ok := b.file.Tensor(p.Name)
		if !ok {
			return fmt.Errorf("base model has no tensor %s", p.Name)
		}
		rows := 1
		if len(t.Dims) == 2 {
			rows = int(t.Dims[1])
		}
		if len(t.Dims) > 2 || rows != p.Rows || int(t.Dims[0]) != p.Cols {
			return fmt.Errorf("base model: tensor %s is %v, want %d by %d", p.Name, t.Dims, p.Cols, p.Rows)
		}
		if err := b.tensor(p.Data, t, rows); err != nil {
			return err
		}
		used++
	}
	if used += len(b.kept); used != len(b.file.Tensors) {
		return fmt.Errorf("base model has %d tensors, its architecture %d: the others would be lost", len(b.file.Tensors), used)
	}
	return nil
}

func (b *base) tensor(dst []float32, t gguf.Tensor, rows int) error {
	format, ok := tensor.ParseFormat(t.Type.String())
	if !ok {
		return fmt.Errorf("base model: tensor %s is stored as %s, which cannot be trained", t.Name, t.Type)
	}
	raw, err := b.file.Data(t)
	if err != nil {
		return err
	}
	w, err := tensor.NewMatrix(format, rows, int(t.Dims[0]), raw)
	if err != nil {
		return fmt.Errorf("base model: tensor %s: %w", t.Name, err)
	}
	for i := range rows {
		w.Row(dst[i*w.Cols:(i+1)*w.Cols], i)
	}
	return nil
}
