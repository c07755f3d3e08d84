package train

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strings"

	"ayni.example/tensor"
	"ayni.example/tensor/gguf"
	"ayni.example/tensor/grad"
)

// fileTypes are llama.cpp's numbers of a whole file's type.
func fileTypes() map[string]uint32 {
	return map[string]uint32{"F32": 0, "F16": 1, "Q4_0": 2, "Q8_0": 7, "BF16": 32}
}

// writeModel writes the network with its matrices stored as one type.
func (p *plan) writeModel(out io.Writer, typ string) error {
	w := gguf.NewWriter()
	r, s := p.recipe, p.model.Shape()
	w.Set("general.architecture", p.architecture)
	w.Set("general.type", "model")
	w.Set("general.name", r.Name)
	w.Set("general.size_label", sizeLabel(s.Elements()))
	if r.Description != "" {
		w.Set("general.description", r.Description)
	}
	if r.Licence != "" {
		w.Set("general.license", strings.ToLower(r.Licence))
	}
	w.Set("general.file_type", fileTypes()[typ])
	w.Set("general.quantization_version", uint32(2))
	number := func(key string, v int) { w.Set(p.architecture+"."+key, uint32(v)) }
	number("vocab_size", s.Vocab)
	number("context_length", s.Context)
	number("embedding_length", s.Width)
	number("block_count", s.Layers)
	number("feed_forward_length", s.Inner)
	number("attention.head_count", s.Heads)
	number("attention.head_count_kv", s.KVHeads)
	number("attention.key_length", s.HeadSize)
	number("attention.value_length", s.HeadSize)
	number("rope.dimension_count", s.HeadSize)
	w.Set(p.architecture+".rope.freq_base", s.Base)
	w.Set(p.architecture+".attention.layer_norm_rms_epsilon", s.Eps)
	for _, pair := range p.words.pairs {
		w.Set(pair.Key, pair.Value)
	}
	if p.template != "" {
		w.Set(templateKey, p.template)
	}
	for _, param := range p.model.Params() {
		if err := add(w, param, typ); err != nil {
			return err
		}
	}
	_, err := w.WriteTo(out)
	return err
}

// add stores a vector as F32, and a matrix as the type if its rows fill the type's blocks.
func add(w *gguf.Writer, p *grad.Param, typ string) error {
	dims := []uint64{uint64(p.Cols), uint64(p.Rows)}
	if p.Vector {
		dims = dims[:1]
	}
	const block = 32
	if quantised := strings.HasPrefix(typ, "Q"); p.Vector || typ == "F32" || quantised && p.Cols%block != 0 {
		w.AddF32(p.Name, dims, p.Data)
		return nil
	}
	switch typ {
	case "F16":
		raw := make([]byte, 0, 2*len(p.Data))
		for _, v := range p.Data {
			raw = binary.LittleEndian.AppendUint16(raw, tensor.ToHalf(v))
		}
		w.Add(p.Name, gguf.F16, dims, raw)
	case "BF16":
		raw := make([]byte, 0, 2*len(p.Data))
		for _, v := range p.Data {
			raw = binary.LittleEndian.AppendUint16(raw, toBrain(v))
		}
		w.Add(p.Name, gguf.BF16, dims, raw)
	case "Q8_0":
		w.Add(p.Name, gguf.Q8_0, dims, tensor.AppendQ8(nil, p.Data))
	default:
		return fmt.Errorf("models of type %s cannot be written", typ)
	}
	return nil
}

// toBrain rounds to bfloat16, ties to even; trained weights are finite.
func toBrain(v float32) uint16 {
	b := math.Float32bits(v)
	return uint16((b + 0x7fff + b>>16&1) >> 16)
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
