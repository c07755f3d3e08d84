package llama

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"slices"

	"ayni.example/tensor"
	"ayni.example/tensor/gguf"
	"ayni.example/tensor/token"
)

// Config says how a model is loaded and run.
type Config struct {
	Threads    int    // goroutines that compute at once besides callers' own; 0 is 1
	MaxBytes   uint64 // bound on the weights in memory; 0 is none
	MaxState   uint64 // bound on the bytes of one sequence; 0 is none
	MaxContext int    // lowers the context length of the file; 0 keeps it
	Chunk      int    // tokens that a prefill computes together; 0 is 64
}

// maxChunk bounds the scratch memory of a prefill.
const maxChunk = 1024

// Load checks a file against its architecture and packs its weights.
func Load(f *gguf.File, cfg Config) (*Model, error) {
	if cfg.Threads < 0 || cfg.Threads > 1024 || cfg.Chunk < 0 || cfg.Chunk > maxChunk || cfg.MaxContext < 0 {
		return nil, fmt.Errorf("load model: threads %d, chunk %d or context %d is out of range",
			cfg.Threads, cfg.Chunk, cfg.MaxContext)
	}
	m, err := load(f, cfg)
	if err != nil {
		return nil, fmt.Errorf("load model: %w", err)
	}
	return m, nil
}

func load(f *gguf.File, cfg Config) (*Model, error) {
	m := &Model{pool: tensor.NewPool(cfg.Threads), chunk: cfg.Chunk, maxState: cfg.MaxState}
	if m.chunk == 0 {
		m.chunk = 64
	}
	var err error
	if m.Architecture, err = f.Metadata.String("general.architecture"); err != nil {
		return nil, err
	}
	if m.Architecture != "llama" {
		return nil, &UnsupportedError{Feature: "the architecture " + m.Architecture}
	}
	if m.Tokenizer, err = token.FromGGUF(f.Metadata); err != nil {
		return nil, err
	}
	if m.shape, err = readShape(f.Metadata, m.Tokenizer.Size()); err != nil {
		return nil, err
	}
	l := loader{file: f, used: make(map[string]bool)}
	if err = l.measure(&m.shape, cfg.MaxBytes); err != nil {
		return nil, err
	}
	if err = l.weights(m); err != nil {
		return nil, err
	}
	return m, l.describe(m, cfg)
}

// loader walks the tensors of a file twice: first shapes and memory, then bytes.
type loader struct {
	file  *gguf.File
	used  map[string]bool
	bytes uint64
}

// want is one tensor of the architecture.
type want struct {
	name       string
	cols, rows int // rows is 0 for a vector
	optional   bool
}

func architecture(s *shape) []want {
	list := make([]want, 0, 4+9*s.layers)
	list = append(list,
		want{name: "token_embd.weight", cols: s.width, rows: s.vocab},
		want{name: "output_norm.weight", cols: s.width},
		want{name: "output.weight", cols: s.width, rows: s.vocab, optional: true},
		want{name: "rope_freqs.weight", cols: s.rotary / 2, optional: true})
	for i := range s.layers {
		p := fmt.Sprintf("blk.%d.", i)
		list = append(list,
			want{name: p + "attn_norm.weight", cols: s.width},
			want{name: p + "attn_q.weight", cols: s.width, rows: s.qWidth()},
			want{name: p + "attn_k.weight", cols: s.width, rows: s.kvWidth()},
			want{name: p + "attn_v.weight", cols: s.width, rows: s.kvWidth()},
			want{name: p + "attn_output.weight", cols: s.qWidth(), rows: s.width},
			want{name: p + "ffn_norm.weight", cols: s.width},
			want{name: p + "ffn_gate.weight", cols: s.width, rows: s.inner},
			want{name: p + "ffn_up.weight", cols: s.width, rows: s.inner},
			want{name: p + "ffn_down.weight", cols: s.inner, rows: s.width})
	}
	return list
}

// measure checks every shape, refuses tensors that would be ignored, and counts memory
// before any of it is taken.
func (l *loader) measure(s *shape, limit uint64) error {
	for _, w := range architecture(s) {
		dims := []uint64{uint64(w.cols)}
		if w.rows > 0 {
			dims = append(dims, uint64(w.rows))
		}
		t, ok := l.file.Tensor(w.name)
		if !ok && w.optional {
			continue
		}
		if !ok || !slices.Equal(t.Dims, dims) {
			return &TensorError{Tensor: w.name, Have: t.Dims, Want: dims}
		}
		l.used[w.name] = true
		if w.rows == 0 && t.Type != gguf.F32 {
			return &UnsupportedError{Feature: fmt.Sprintf("%s for the vector %q", t.Type, w.name)}
		}
		l.bytes += tensor.MatrixBytes(format(t.Type), uint64(max(1, w.rows)), uint64(w.cols))
	}
	for _, t := range l.file.Tensors {
		if !l.used[t.Name] {
			return &UnsupportedError{Feature: fmt.Sprintf("the tensor %q", t.Name)}
		}
	}
	if limit > 0 && l.bytes > limit {
		return &MemoryError{Need: l.bytes, Limit: limit}
	}
	return nil
}

func (l *loader) weights(m *Model) error {
	var err error
	matrix := func(name string) *tensor.Matrix {
		var w *tensor.Matrix
		if err == nil {
			w, err = l.matrix(name)
		}
		return w
	}
	vector := func(name string) []float32 {
		var v []float32
		if err == nil {
			v, err = l.vector(name)
		}
		return v
	}
	m.embedding = matrix("token_embd.weight")
	m.norm = vector("output_norm.weight")
	m.output = m.embedding // tied, unless the file has its own
	if l.used["output.weight"] {
		m.output = matrix("output.weight")
	}
	var factors []float32
	if l.used["rope_freqs.weight"] {
		factors = vector("rope_freqs.weight")
		for _, f := range factors {
			// Frequencies are at most 1/f, and every angle must stay in the range of tensor.SinCos.
			if err == nil && !(f >= 0.125 && f <= 1e6 && float64(m.shape.context) <= float64(float64(f)*tensor.MaxAngle)) {
				return fmt.Errorf("rope_freqs.weight has the factor %v, which is out of range", f)
			}
		}
	}
	m.rotary = tensor.NewRotary(m.shape.rotary, float64(m.shape.ropeBase), float64(m.shape.ropeScale), factors)
	for i := range m.shape.layers {
		p := fmt.Sprintf("blk.%d.", i)
		m.layers = append(m.layers, layer{
			attnNorm: vector(p + "attn_norm.weight"),
			q:        matrix(p + "attn_q.weight"),
			k:        matrix(p + "attn_k.weight"),
			v:        matrix(p + "attn_v.weight"),
			o:        matrix(p + "attn_output.weight"),
			ffnNorm:  vector(p + "ffn_norm.weight"),
			gate:     matrix(p + "ffn_gate.weight"),
			up:       matrix(p + "ffn_up.weight"),
			down:     matrix(p + "ffn_down.weight"),
		})
	}
	return err
}

func (l *loader) matrix(name string) (*tensor.Matrix, error) {
	t, _ := l.file.Tensor(name)
	raw, err := l.file.Data(t)
	if err != nil {
		return nil, err
	}
	return tensor.NewMatrix(format(t.Type), int(t.Dims[1]), int(t.Dims[0]), raw)
}

func (l *loader) vector(name string) ([]float32, error) {
	t, _ := l.file.Tensor(name)
	raw, err := l.file.Data(t)
	if err != nil {
		return nil, err
	}
	v := make([]float32, t.Dims[0])
	for i := range v {
		v[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	return v, nil
}

// format maps a storage type that the reader has accepted.
func format(t gguf.Type) tensor.Format {
	switch t {
	case gguf.F16:
		return tensor.FormatF16
	case gguf.Q8_0:
		return tensor.FormatQ8
	default:
		return tensor.FormatF32
	}
}

func (l *loader) describe(m *Model, cfg Config) error {
	md := l.file.Metadata
	var err error
	if m.Name, err = md.StringOr("general.name", "unnamed"); err != nil {
		return err
	}
	if m.ChatTemplate, err = md.StringOr("tokenizer.chat_template", ""); err != nil {
		return err
	}
	m.FileDigest = "sha256:" + hex.EncodeToString(l.file.Digest[:])
	m.WeightBytes, m.Vocab, m.ContextLength = l.bytes, m.shape.vocab, m.shape.context
	if cfg.MaxContext > 0 {
		m.ContextLength = min(m.ContextLength, cfg.MaxContext)
	}
	// The quantisation is the type that holds most of the parameters.
	count := make(map[gguf.Type]uint64)
	for _, t := range l.file.Tensors {
		count[t.Type] += t.Elements()
		m.ParameterCount += t.Elements()
	}
	most := gguf.F32
	for _, t := range []gguf.Type{gguf.F16, gguf.Q8_0} {
		if count[t] > count[most] {
			most = t
		}
	}
	m.Quantisation = most.String()
	return nil
}
