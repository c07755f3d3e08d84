package convert

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"ayni.example/tensor/gguf"
	"ayni.example/tensor/safetensors"
)

// metadata writes the sizes of the network as llama.cpp's converter does.
func (f *folder) metadata(w *gguf.Writer, name string, vocab int) error {
	c, arch := f.config, f.family.gguf
	w.Set("general.architecture", arch)
	w.Set("general.type", "model")
	w.Set("general.name", name)
	number := func(key string, v int) { w.Set(arch+"."+key, uint32(v)) }
	number("block_count", c.Layers)
	number("context_length", c.Context)
	number("embedding_length", c.Width)
	number("feed_forward_length", c.Inner)
	number("attention.head_count", c.Heads)
	number("attention.head_count_kv", c.KVHeads)
	number("attention.key_length", c.headSize())
	number("attention.value_length", c.headSize())
	number("rope.dimension_count", c.headSize())
	number("vocab_size", vocab)
	w.Set(arch+".rope.freq_base", c.RopeTheta)
	w.Set(arch+".attention.layer_norm_rms_epsilon", c.Eps)
	w.Set("general.quantization_version", uint32(2))
	w.Set("general.file_type", f.fileType())
	window, err := c.window()
	if err != nil {
		return err
	}
	if window > 0 {
		number("attention.sliding_window", window)
	}
	return f.scaling(w)
}

// fileType is llama.cpp's number for the type of the matrices.
func (f *folder) fileType() uint32 {
	switch f.tensors["token_embd.weight"].tensor.DType {
	case safetensors.F16:
		return 1
	case safetensors.BF16:
		return 32
	default:
		return 0
	}
}

// scaling writes how positions beyond the first training are squeezed; Llama 3's way is a tensor, see ropeFactors.
func (f *folder) scaling(w *gguf.Writer) error {
	s, arch := f.config.RopeScaling, f.family.gguf
	if s == nil {
		return nil
	}
	switch kind := s.kind(); kind {
	case "", "default":
	case "linear":
		w.Set(arch+".rope.scaling.type", "linear")
		w.Set(arch+".rope.scaling.factor", float32(s.Factor))
	case "yarn":
		w.Set(arch+".rope.scaling.type", "yarn")
		w.Set(arch+".rope.scaling.factor", float32(s.Factor))
		w.Set(arch+".rope.scaling.original_context_length", uint32(max(0, s.Original)))
		if s.BetaFast > 0 {
			w.Set(arch+".rope.scaling.yarn_beta_fast", s.BetaFast)
		}
		if s.BetaSlow > 0 {
			w.Set(arch+".rope.scaling.yarn_beta_slow", s.BetaSlow)
		}
	case "llama3":
		if f.family.gguf != "llama" || !(s.Factor >= 1) || !(s.Low > 0) || !(s.High > s.Low) || s.Original < 1 {
			return errors.New("config.json: rope_scaling of type llama3 lacks a number or does not fit the architecture")
		}
	default:
		return fmt.Errorf("config.json: rope_scaling of type %q is not supported", kind)
	}
	return nil
}

func (s *hfScaling) kind() string {
	if s.RopeType != "" {
		return s.RopeType
	}
	return s.Type
}

// ropeFactors divide the frequencies of Llama 3.1 and later: short waves stay, long ones are stretched, those between mix.
func (c *hfConfig) ropeFactors() []float32 {
	s := c.RopeScaling
	if s == nil || s.kind() != "llama3" {
		return nil
	}
	dims := c.headSize()
	out := make([]float32, dims/2)
	for i := range out {
		wave := 2 * math.Pi * math.Pow(float64(c.RopeTheta), float64(2*i)/float64(dims))
		switch turns := float64(s.Original) / wave; {
		case turns > s.High:
			out[i] = 1
		case turns < s.Low:
			out[i] = float32(s.Factor)
		default:
			smooth := (turns - s.Low) / (s.High - s.Low)
			out[i] = float32(1 / ((1-smooth)/s.Factor + smooth))
		}
	}
	return out
}

func (v *vocabulary) write(w *gguf.Writer) {
	w.Set("tokenizer.ggml.model", v.model)
	if v.model == "llama" {
		w.Set("tokenizer.ggml.pre", "default")
		w.Set("tokenizer.ggml.scores", v.scores)
	} else {
		w.Set("tokenizer.ggml.pre", v.pre)
		w.Set("tokenizer.ggml.merges", v.merges)
	}
	w.Set("tokenizer.ggml.tokens", v.tokens)
	w.Set("tokenizer.ggml.token_type", v.types)
	for id, kind := range v.types {
		if kind == typeUnknown {
			w.Set("tokenizer.ggml.unknown_token_id", uint32(id))
			break
		}
	}
}

// add puts the tensors into the file, by name.
func (f *folder) add(w *gguf.Writer) error {
	for _, name := range sorted(f.tensors) {
		f.total += f.tensors[name].tensor.Bytes
	}
	for _, name := range sorted(f.tensors) {
		s := f.tensors[name]
		t := s.tensor
		if len(t.Shape) < 1 || len(t.Shape) > 2 {
			return fmt.Errorf("the tensor %q has %d dimensions", t.Name, len(t.Shape))
		}
		var dims []uint64
		for i := range t.Shape {
			dims = append(dims, t.Shape[len(t.Shape)-1-i])
		}
		heads := 0
		if f.family.permute {
			heads = rotated(name, f.config.Heads, f.config.KVHeads)
		}
		if size := f.config.headSize(); heads > 0 && (t.Shape[0] != uint64(heads*size) || size%2 != 0) {
			return fmt.Errorf("the tensor %q has %d rows, want %d heads of %d", t.Name, t.Shape[0], heads, size)
		}
		typ, write := storage(t), f.rows(s, heads)
		if len(t.Shape) == 1 {
			typ, write = gguf.F32, f.vector(s, heads)
		}
		w.AddFunc(name, typ, dims, write)
	}
	return nil
}

func storage(t safetensors.Tensor) gguf.Type {
	switch t.DType {
	case safetensors.F16:
		return gguf.F16
	case safetensors.BF16:
		return gguf.BF16
	default:
		return gguf.F32
	}
}

// rows copies a matrix as it is; heads of queries and keys are brought from halves into pairs.
func (f *folder) rows(s shard, heads int) func(io.Writer) error {
	return func(dst io.Writer) error {
		out := io.MultiWriter(dst, counted{f})
		if heads == 0 {
			_, err := io.Copy(out, s.file.Reader(s.tensor))
			return err
		}
		count, size := int(s.tensor.Shape[0]), f.config.headSize()
		row := make([]byte, s.tensor.Bytes/s.tensor.Shape[0])
		source := s.file.Reader(s.tensor)
		for i := range count {
			if _, err := source.ReadAt(row, int64(half(i, size))*int64(len(row))); err != nil && len(row) > 0 {
				return err
			}
			if _, err := out.Write(row); err != nil {
				return err
			}
		}
		return nil
	}
}

// vector writes norms and biases as float32.
func (f *folder) vector(s shard, heads int) func(io.Writer) error {
	return func(dst io.Writer) error {
		values := make([]float32, s.tensor.Elements())
		if err := s.file.Floats(values, s.tensor, 0); err != nil {
			return err
		}
		if heads > 0 {
			from := append([]float32{}, values...)
			for i := range values {
				values[i] = from[half(i, f.config.headSize())]
			}
		}
		f.advance(s.tensor.Bytes)
		_, err := dst.Write(floatBytes(values))
		return err
	}
}

// counted tells the progress.
type counted struct{ f *folder }

func (c counted) Write(b []byte) (int, error) {
	c.f.advance(uint64(len(b)))
	return len(b), nil
}

func (f *folder) advance(n uint64) {
	f.done += n
	if f.progress != nil {
		f.progress(f.done, f.total)
	}
}

// isMatrix tells what is quantised from what stays F32.
func isMatrix(t gguf.Tensor) bool {
	return len(t.Dims) == 2 && strings.HasSuffix(t.Name, ".weight") && !strings.HasSuffix(t.Name, "_norm.weight")
}
