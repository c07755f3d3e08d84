package train

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"ayni.example/tensor/gguf"
	"ayni.example/tensor/grad"
	"ayni.example/train/bpe"
)

// shapeKeys describe new weights.
func shapeKeys(architecture string, s grad.Shape) []bpe.Pair {
	var out []bpe.Pair
	for _, n := range []struct {
		key string
		v   int
	}{
		{"vocab_size", s.Vocab},
		{"context_length", s.Context},
		{"embedding_length", s.Width},
		{"block_count", s.Layers},
		{"feed_forward_length", s.Inner},
		{"attention.head_count", s.Heads},
		{"attention.head_count_kv", s.KVHeads},
		{"attention.key_length", s.HeadSize},
		{"attention.value_length", s.HeadSize},
		{"rope.dimension_count", s.HeadSize},
	} {
		out = append(out, bpe.Pair{Key: architecture + "." + n.key, Value: uint32(n.v)})
	}
	return append(out, bpe.Pair{Key: architecture + ".rope.freq_base", Value: s.Base},
		bpe.Pair{Key: architecture + ".attention.layer_norm_rms_epsilon", Value: s.Eps})
}

// keys are all that the base model says of its architecture.
func (b *base) keys() []bpe.Pair {
	var out []bpe.Pair
	for _, key := range slices.Sorted(maps.Keys(b.file.Metadata)) {
		if strings.HasPrefix(key, b.architecture+".") {
			out = append(out, bpe.Pair{Key: key, Value: b.file.Metadata[key]})
		}
	}
	return out
}

// writeModel writes the network as it was trained, in F32.
func (p *plan) writeModel(out io.Writer) error {
	w := gguf.NewWriter()
	r := p.recipe
	w.Set("general.architecture", p.architecture)
	w.Set("general.type", "model")
	w.Set("general.name", r.Name)
	w.Set("general.size_label", sizeLabel(p.model.Shape().Elements()))
	if r.Description != "" {
		w.Set("general.description", r.Description)
	}
	if r.Licence != "" {
		w.Set("general.license", strings.ToLower(r.Licence))
	}
	w.Set("general.file_type", uint32(0))
	w.Set("general.quantization_version", uint32(2))
	for _, pair := range slices.Concat(p.keys, p.words.pairs) {
		w.Set(pair.Key, pair.Value)
	}
	if p.template != "" {
		w.Set(templateKey, p.template)
	}
	for _, t := range p.kept {
		w.Add(t.Name, t.Type, t.Dims, t.raw)
	}
	for _, param := range p.model.Params() {
		dims := []uint64{uint64(param.Cols), uint64(param.Rows)}
		if param.Vector {
			dims = dims[:1]
		}
		w.AddF32(param.Name, dims, param.Data)
	}
	_, err := w.WriteTo(out)
	return err
}

// writeAdapter writes the adapters alone, as llama.cpp loads them beside the base model.
func (p *plan) writeAdapter(out io.Writer) error {
	w := gguf.NewWriter()
	w.Set("general.type", "adapter")
	w.Set("general.architecture", p.architecture)
	w.Set("general.name", p.recipe.Name)
	if p.recipe.Description != "" {
		w.Set("general.description", p.recipe.Description)
	}
	w.Set("general.base_model.count", uint32(1))
	w.Set("general.base_model.0.name", p.recipe.Model.From)
	w.Set("ayni.adapter.base_digest", fmt.Sprintf("sha256:%x", p.baseDigest))
	w.Set("adapter.type", "lora")
	w.Set("adapter.lora.alpha", float32(p.recipe.LoRA.Alpha))
	for _, param := range p.model.Params() {
		if !param.Frozen {
			w.AddF32(param.Name, []uint64{uint64(param.Cols), uint64(param.Rows)}, param.Data)
		}
	}
	_, err := w.WriteTo(out)
	return err
}

// sizeLabel is how GGUF names a number of parameters.
func sizeLabel(n int) string {
	switch {
	case n >= 1e9:
		return fmt.Sprintf("%.1fB", float64(n)/1e9)
	case n >= 1e6:
		return fmt.Sprintf("%.0fM", float64(n)/1e6)
	default:
		return fmt.Sprintf("%.0fK", float64(n)/1e3)
	}
}
