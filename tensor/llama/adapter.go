package llama

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"ayni.example/tensor"
	"ayni.example/tensor/gguf"
)

// Bounds on an adapter; far above any real one.
const (
	maxRank  = 1 << 12
	maxAlpha = 1 << 20
)

// Adapter is a LoRA adapter in llama.cpp's format, ready to be joined with its model. It is read-only.
type Adapter struct {
	Architecture string
	Digest       [sha256.Size]byte // of the file
	Rank         int               // the largest
	Bytes        uint64            // memory that it takes

	pairs map[string]*lora // by the name of the matrix that each adapts
}

// adapted is what an adapter costs in scratch memory for each row.
type adapted struct{ rank, wide int }

// LoadAdapter reads a LoRA adapter. Whether it fits a model is found out by [Model.WithAdapter].
func LoadAdapter(f *gguf.File) (*Adapter, error) {
	a, err := loadAdapter(f)
	if err != nil {
		return nil, fmt.Errorf("load adapter: %w", err)
	}
	return a, nil
}

func loadAdapter(f *gguf.File) (*Adapter, error) {
	a := &Adapter{Digest: f.Digest, pairs: make(map[string]*lora)}
	for key, want := range map[string]string{"general.type": "adapter", "adapter.type": "lora"} {
		if have, err := f.Metadata.StringOr(key, ""); err != nil || have != want {
			return nil, fmt.Errorf("%s is %q, want %q (is this a LoRA adapter in GGUF format?)", key, have, want)
		}
	}
	var err error
	if a.Architecture, err = f.Metadata.String("general.architecture"); err != nil {
		return nil, err
	}
	alpha, err := f.Metadata.FloatOr("adapter.lora.alpha", 0)
	if err != nil {
		return nil, err
	}
	if !(alpha >= 0 && alpha <= maxAlpha) {
		return nil, fmt.Errorf("adapter.lora.alpha is %v, want 0 to %d", alpha, maxAlpha)
	}
	for _, t := range f.Tensors {
		if err := a.add(f, t); err != nil {
			return nil, err
		}
	}
	return a, a.finish(alpha)
}

// add reads one half of a pair.
func (a *Adapter) add(f *gguf.File, t gguf.Tensor) error {
	name, isA := strings.CutSuffix(t.Name, ".lora_a")
	if !isA {
		var isB bool
		if name, isB = strings.CutSuffix(t.Name, ".lora_b"); !isB {
			return &UnsupportedError{Feature: fmt.Sprintf("the tensor %q of an adapter", t.Name)}
		}
	}
	if len(t.Dims) != 2 || t.Dims[0] < 1 || t.Dims[1] < 1 || max(t.Dims[0], t.Dims[1]) > maxVocab {
		return &TensorError{Tensor: t.Name, Have: t.Dims, Want: []uint64{0, 0}}
	}
	switch t.Type {
	case gguf.F32, gguf.F16, gguf.BF16:
	default:
		return &UnsupportedError{Feature: fmt.Sprintf("%s for the tensor %q of an adapter", t.Type, t.Name)}
	}
	raw, err := f.Data(t)
	if err != nil {
		return err
	}
	m, err := newMatrix(t, raw)
	if err != nil {
		return err
	}
	format, _ := tensor.ParseFormat(t.Type.String())
	a.Bytes += tensor.MatrixBytes(format, t.Dims[1], t.Dims[0])
	if a.pairs[name] == nil {
		a.pairs[name] = &lora{}
	}
	if isA {
		a.pairs[name].a = m
	} else {
		a.pairs[name].b = m
	}
	return nil
}

// finish checks the pairs and sets their scales: alpha over rank, or 1 when the file has no alpha.
func (a *Adapter) finish(alpha float32) error {
	if len(a.pairs) == 0 {
		return errors.New("the file has no tensors")
	}
	for name, l := range a.pairs {
		switch {
		case l.a == nil || l.b == nil:
			return fmt.Errorf("%q has only one of lora_a and lora_b", name)
		case l.a.Rows != l.b.Cols:
			return fmt.Errorf("%q has ranks %d and %d in lora_a and lora_b", name, l.a.Rows, l.b.Cols)
		case l.a.Rows > maxRank:
			return fmt.Errorf("%q has rank %d, want at most %d", name, l.a.Rows, maxRank)
		}
		a.Rank, l.scale = max(a.Rank, l.a.Rows), 1
		if alpha != 0 {
			l.scale = alpha / float32(l.a.Rows)
		}
	}
	return nil
}

// WithAdapter is the model with an adapter. It shares the weights of the model, which stays as it is; a model has one
// adapter at most. The digest of the result is the hash of both files' digests.
func (m *Model) WithAdapter(a *Adapter) (*Model, error) {
	view, err := m.join(a)
	if err != nil {
		return nil, fmt.Errorf("add adapter: %w", err)
	}
	return view, nil
}

func (m *Model) join(a *Adapter) (*Model, error) {
	if m.adapted.rank > 0 {
		return nil, errors.New("the model has an adapter already (join it with its base instead)")
	}
	if a.Architecture != m.Architecture {
		return nil, fmt.Errorf("the adapter is for the architecture %q, the model is %q", a.Architecture, m.Architecture)
	}
	view := *m
	view.layers = append([]layer{}, m.layers...)
	left := len(a.pairs)
	for i := range view.layers {
		l, p := &view.layers[i], fmt.Sprintf("blk.%d.", i)
		for name, target := range map[string]*linear{
			"attn_q": &l.q, "attn_k": &l.k, "attn_v": &l.v, "attn_output": &l.o,
			"ffn_gate": &l.gate, "ffn_up": &l.up, "ffn_down": &l.down,
		} {
			if err := view.target(a, p+name+".weight", target, &left); err != nil {
				return nil, err
			}
		}
	}
	if m.output.w != m.embedding {
		if err := view.target(a, "output.weight", &view.output, &left); err != nil {
			return nil, err
		}
	}
	if left > 0 {
		return nil, fmt.Errorf("%d of its %d pairs adapt nothing in the model (is this its base?)", left, len(a.pairs))
	}
	view.WeightBytes += a.Bytes
	var err error
	view.FileDigest, err = AdaptedDigest(m.FileDigest, a.Digest)
	return &view, err
}

// target gives a matrix its adapter, if there is one.
func (m *Model) target(a *Adapter, name string, l *linear, left *int) error {
	ad := a.pairs[name]
	if ad == nil {
		return nil
	}
	if ad.a.Cols != l.w.Cols || ad.b.Rows != l.w.Rows {
		return fmt.Errorf("%q is %d x %d in the adapter and %d x %d in the model (is this its base?)",
			name, ad.b.Rows, ad.a.Cols, l.w.Rows, l.w.Cols)
	}
	l.lora = ad
	m.adapted.rank, m.adapted.wide = max(m.adapted.rank, ad.a.Rows), max(m.adapted.wide, ad.b.Rows)
	*left--
	return nil
}

// AdaptedDigest names a base, given as in [Info], and an adapter together: a receipt that names it means both files.
func AdaptedDigest(base string, adapter [sha256.Size]byte) (string, error) {
	raw, err := hex.DecodeString(strings.TrimPrefix(base, "sha256:"))
	if err != nil || len(raw) != sha256.Size {
		return "", fmt.Errorf("digest %q of the model: want sha256 and 64 hexadecimal digits", base)
	}
	sum := sha256.Sum256(append(append([]byte("ayni/adapted/1"), raw...), adapter[:]...))
	return "sha256:" + hex.EncodeToString(sum[:]), nil
}
