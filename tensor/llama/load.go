package llama

import (
	"encoding/hex"
	"fmt"
	"slices"
	"sync"

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

// Inspect checks all of a file that Load checks but the values of its weights, which it does not read.
func Inspect(f *gguf.File) (Info, error) {
	m := &Model{}
	if _, err := m.inspect(f, Config{}); err != nil {
		return Info{}, fmt.Errorf("inspect model: %w", err)
	}
	return m.Info, nil
}

func load(f *gguf.File, cfg Config) (*Model, error) {
	m := &Model{pool: tensor.NewPool(cfg.Threads), chunk: cfg.Chunk, maxState: cfg.MaxState}
	if m.chunk == 0 {
		m.chunk = 64
	}
	l, err := m.inspect(f, cfg)
	if err != nil {
		return nil, err
	}
	m.words = sync.OnceValue(m.vocabulary)
	return m, l.weights(m)
}

func (m *Model) inspect(f *gguf.File, cfg Config) (*loader, error) {
	fam, err := readFamily(f.Metadata)
	if err != nil {
		return nil, err
	}
	if m.Tokenizer, err = token.FromGGUF(f.Metadata); err != nil {
		return nil, err
	}
	if m.shape, err = readShape(f.Metadata, fam, m.Tokenizer.Size()); err != nil {
		return nil, err
	}
	l := &loader{file: f, used: make(map[string]bool)}
	if err := l.measure(&m.shape, cfg.MaxBytes); err != nil {
		return nil, err
	}
	return l, l.describe(m, cfg)
}

// loader walks the tensors of a file twice: first shapes and memory, then bytes.
type loader struct {
	file  *gguf.File
	used  map[string]bool
	bytes uint64
	err   error // the first one met while reading
}

// want is one tensor of the architecture.
type want struct {
	name       string
	cols, rows int // rows is 0 for a vector
	optional   bool
}

func architecture(s *shape) []want {
	list := make([]want, 0, 4+18*s.layers)
	list = append(list,
		want{name: "token_embd.weight", cols: s.width, rows: s.vocab},
		want{name: "output_norm.weight", cols: s.width},
		want{name: "output.weight", cols: s.width, rows: s.vocab, optional: true})
	if s.family.factors {
		list = append(list, want{name: "rope_freqs.weight", cols: s.rotary / 2, optional: true})
	}
	for i := range s.layers {
		p := fmt.Sprintf("blk.%d.", i)
		list = append(list,
			want{name: p + "attn_norm.weight", cols: s.width},
			want{name: p + "ffn_norm.weight", cols: s.width})
		if s.family.headNorm {
			list = append(list,
				want{name: p + "attn_q_norm.weight", cols: s.headSize},
				want{name: p + "attn_k_norm.weight", cols: s.headSize})
		}
		for _, w := range matrices(s) {
			bias := want{name: p + w.name + ".bias", cols: w.rows, optional: !slices.Contains(s.family.biased, w.name)}
			w.name = p + w.name + ".weight"
			list = append(list, w, bias)
		}
	}
	return list
}

// matrices are those of one layer, by their names without block and suffix.
func matrices(s *shape) []want {
	return []want{
		{name: "attn_q", cols: s.width, rows: s.qWidth()},
		{name: "attn_k", cols: s.width, rows: s.kvWidth()},
		{name: "attn_v", cols: s.width, rows: s.kvWidth()},
		{name: "attn_output", cols: s.qWidth(), rows: s.width},
		{name: "ffn_gate", cols: s.width, rows: s.inner},
		{name: "ffn_up", cols: s.width, rows: s.inner},
		{name: "ffn_down", cols: s.inner, rows: s.width},
	}
}

// measure checks every shape, refuses tensors that would be ignored, and counts memory
// before any of it is taken.
func (l *loader) measure(s *shape, limit uint64) error {
	for _, w := range architecture(s) {
		t, ok := l.file.Tensor(w.name)
		if !ok && w.optional {
			continue
		}
		size, err := w.check(t, ok)
		if err != nil {
			return err
		}
		l.used[w.name] = true
		l.bytes += size
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

// check compares a tensor with what is wanted and returns the memory that it will take.
func (w *want) check(t gguf.Tensor, found bool) (uint64, error) {
	dims := []uint64{uint64(w.cols)}
	if w.rows > 0 {
		dims = append(dims, uint64(w.rows))
	}
	if !found || !slices.Equal(t.Dims, dims) {
		return 0, &TensorError{Tensor: w.name, Have: t.Dims, Want: dims}
	}
	if w.rows == 0 {
		if t.Type != gguf.F32 {
			return 0, &UnsupportedError{Feature: fmt.Sprintf("%s for the vector %q", t.Type, w.name)}
		}
		return 4 * uint64(w.cols), nil
	}
	f, ok := tensor.ParseFormat(t.Type.String())
	if !ok {
		return 0, &UnsupportedError{Feature: fmt.Sprintf("%s for the matrix %q", t.Type, w.name)}
	}
	return tensor.MatrixBytes(f, uint64(w.rows), uint64(w.cols)), nil
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
	m.Architecture = m.shape.family.name
	m.FileDigest = "sha256:" + hex.EncodeToString(l.file.Digest[:])
	m.WeightBytes, m.Vocab, m.ContextLength = l.bytes, m.shape.vocab, m.shape.context
	if cfg.MaxContext > 0 {
		m.ContextLength = min(m.ContextLength, cfg.MaxContext)
	}
	// The quantisation is the type that holds most of the parameters.
	count := make(map[gguf.Type]uint64)
	most := gguf.F32
	for _, t := range l.file.Tensors {
		count[t.Type] += t.Elements()
		m.ParameterCount += t.Elements()
		if count[t.Type] > count[most] {
			most = t.Type
		}
	}
	m.Quantisation = most.String()
	return nil
}
