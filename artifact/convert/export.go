package convert

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"ayni.example/tensor"
	"ayni.example/tensor/gguf"
	"ayni.example/tensor/safetensors"
)

// File is one file of a folder that is about to be written.
type File struct {
	Name  string
	Write func(io.Writer) error
}

// exporter turns one GGUF file into a folder.
type exporter struct {
	file     *gguf.File
	family   family
	heads    int
	kvHeads  int
	headSize int
	progress Progress
	done     uint64
	total    uint64
}

// Export gives the files of a folder that Hugging Face's libraries load: config.json, tokenizer.json, tokenizer_config.json,
// generation_config.json and model.safetensors. F32, F16 and BF16 keep their type, quantised tensors become F32.
func Export(file *gguf.File, progress Progress) ([]File, error) {
	e := &exporter{file: file, progress: progress}
	files, err := e.export()
	if err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	return files, nil
}

func (e *exporter) export() ([]File, error) {
	arch, err := e.file.Metadata.String("general.architecture")
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(families(), func(f family) bool { return f.gguf == arch })
	if i < 0 {
		return nil, fmt.Errorf("models of the architecture %q are not supported", arch)
	}
	e.family = families()[i]
	config, err := e.config()
	if err != nil {
		return nil, err
	}
	tokenizer, special, generation, err := e.tokenizer()
	if err != nil {
		return nil, err
	}
	maps.Copy(config, generation)
	var files []File
	for _, f := range []struct {
		name string
		body any
	}{
		{"config.json", config},
		{"generation_config.json", generation},
		{"tokenizer.json", tokenizer},
		{"tokenizer_config.json", special},
	} {
		raw, err := json.MarshalIndent(f.body, "", "  ")
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.name, err)
		}
		files = append(files, File{f.name, func(w io.Writer) error { _, err := w.Write(append(raw, '\n')); return err }})
	}
	weights, err := e.weights()
	if err != nil {
		return nil, err
	}
	return append(files, File{"model.safetensors", func(w io.Writer) error { _, err := weights.WriteTo(w); return err }}), nil
}

// config is config.json.
func (e *exporter) config() (map[string]any, error) {
	m, prefix := e.file.Metadata, e.family.gguf+"."
	var err error
	number := func(key string, missing uint64) int {
		var v uint64
		if err == nil {
			v, err = m.UintOr(prefix+key, missing)
		}
		if err == nil && (v == 0 || v > 1<<28) {
			err = fmt.Errorf("%s%s is %d", prefix, key, v)
		}
		return int(v)
	}
	width := number("embedding_length", 0)
	e.heads = number("attention.head_count", 0)
	if err != nil {
		return nil, err
	}
	e.kvHeads = number("attention.head_count_kv", uint64(e.heads))
	e.headSize = number("attention.key_length", uint64(max(1, width/e.heads)))
	embedding, ok := e.file.Tensor("token_embd.weight")
	if !ok || len(embedding.Dims) != 2 {
		return nil, errors.New("the file has no embedding")
	}
	_, untied := e.file.Tensor("output.weight")
	out := map[string]any{
		"architectures": []string{e.family.class}, "model_type": e.family.types[0], "hidden_act": "silu", "torch_dtype": dtype(embedding.Type),
		"hidden_size": width, "num_attention_heads": e.heads, "num_key_value_heads": e.kvHeads, "head_dim": e.headSize,
		"num_hidden_layers": number("block_count", 0), "intermediate_size": number("feed_forward_length", 0),
		"max_position_embeddings": number("context_length", 0), "vocab_size": embedding.Dims[1], "tie_word_embeddings": !untied,
	}
	if rotary := number("rope.dimension_count", uint64(e.headSize)); rotary != e.headSize && err == nil {
		err = fmt.Errorf("heads of %d elements of which %d turn have no config.json", e.headSize, rotary)
	}
	if err != nil {
		return nil, err
	}
	return out, e.floats(out)
}

// floats adds what is not a size: norms, positions, windows, biases.
func (e *exporter) floats(out map[string]any) error {
	m, prefix := e.file.Metadata, e.family.gguf+"."
	eps, err := m.Float(prefix + "attention.layer_norm_rms_epsilon")
	if err != nil {
		return err
	}
	base, err := m.FloatOr(prefix+"rope.freq_base", 10000)
	if err != nil {
		return err
	}
	out["rms_norm_eps"], out["rope_theta"] = eps, base
	if _, biased := e.file.Tensor("blk.0.attn_output.bias"); biased {
		out["attention_bias"] = true
	}
	window, err := m.UintOr(prefix+"attention.sliding_window", 0)
	if err != nil {
		return err
	}
	if window > 0 {
		if e.family.gguf != "llama" {
			return fmt.Errorf("a sliding window in a model of the architecture %s has no config.json", e.family.gguf)
		}
		out["model_type"], out["architectures"], out["sliding_window"] = "mistral", []string{"MistralForCausalLM"}, window
	}
	return e.scaling(out)
}

func (e *exporter) scaling(out map[string]any) error {
	m, prefix := e.file.Metadata, e.family.gguf+"."
	kind, err := m.StringOr(prefix+"rope.scaling.type", "none")
	if err != nil {
		return err
	}
	factor, _ := m.FloatOr(prefix+"rope.scaling.factor", 1)
	original, _ := m.UintOr(prefix+"rope.scaling.original_context_length", 0)
	switch kind {
	case "none":
	case "linear":
		out["rope_scaling"] = map[string]any{"type": "linear", "rope_type": "linear", "factor": factor}
	case "yarn":
		fast, _ := m.FloatOr(prefix+"rope.scaling.yarn_beta_fast", 32)
		slow, _ := m.FloatOr(prefix+"rope.scaling.yarn_beta_slow", 1)
		out["rope_scaling"] = map[string]any{
			"type": "yarn", "rope_type": "yarn", "factor": factor, "original_max_position_embeddings": original, "beta_fast": fast, "beta_slow": slow,
		}
	default:
		return fmt.Errorf("rope.scaling.type %q has no config.json", kind)
	}
	t, ok := e.file.Tensor("rope_freqs.weight")
	if !ok {
		return nil
	}
	raw, err := e.file.Data(t)
	if err != nil {
		return err
	}
	// The factors of Llama 3.1 and 3.2 are known by their numbers; others cannot be told from what they were computed.
	for _, factor := range []float64{8, 32} {
		s := &hfScaling{RopeType: "llama3", Factor: factor, Low: 1, High: 4, Original: 8192}
		theta, _ := out["rope_theta"].(float32)
		c := hfConfig{RopeScaling: s, RopeTheta: theta, HeadSize: e.headSize}
		if string(floatBytes(c.ropeFactors())) == string(raw) {
			out["rope_scaling"] = map[string]any{
				"rope_type": "llama3", "factor": factor, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 8192,
			}
			return nil
		}
	}
	return errors.New("rope_freqs.weight has factors that config.json cannot say")
}

// dtype is torch's name of a type.
func dtype(t gguf.Type) string {
	switch t {
	case gguf.F16:
		return "float16"
	case gguf.BF16:
		return "bfloat16"
	default:
		return "float32"
	}
}

func (e *exporter) weights() (*safetensors.Writer, error) {
	w := safetensors.NewWriter(map[string]string{"format": "pt"})
	for _, t := range e.file.Tensors {
		e.total += t.Bytes
	}
	for _, t := range e.file.Tensors {
		if t.Name == "rope_freqs.weight" {
			continue
		}
		name, err := fromGGUF(t.Name)
		if err != nil {
			return nil, err
		}
		from, ok := tensor.ParseFormat(t.Type.String())
		if !ok {
			return nil, &gguf.UnsupportedTypeError{Tensor: t.Name, Type: t.Type}
		}
		d := safetensors.F32
		switch from {
		case tensor.FormatF16:
			d = safetensors.F16
		case tensor.FormatBF16:
			d = safetensors.BF16
		default:
		}
		shape := slices.Clone(t.Dims)
		slices.Reverse(shape)
		heads := 0
		if e.family.permute {
			heads = rotated(t.Name, e.heads, e.kvHeads)
		}
		if rows := t.Dims[len(t.Dims)-1]; heads > 0 && (rows != uint64(heads*e.headSize) || e.headSize%2 != 0) {
			return nil, fmt.Errorf("the tensor %q has %d rows, want %d heads of %d", t.Name, rows, heads, e.headSize)
		}
		w.Add(name, d, shape, func(dst io.Writer) error { return e.write(dst, t, from, heads > 0) })
	}
	return w, nil
}

// write copies a tensor row by row; quantised ones become float32, heads are brought from pairs into halves. The elements of a
// vector are its rows.
func (e *exporter) write(dst io.Writer, t gguf.Tensor, from tensor.Format, paired bool) error {
	cols := 1
	if len(t.Dims) > 1 {
		cols = int(t.Dims[0])
	}
	rows := int(t.Elements()) / cols
	elements, bytes := from.Block()
	if cols%elements != 0 {
		return fmt.Errorf("rows of %d elements are no whole blocks of %s", cols, from)
	}
	stored := cols / elements * bytes
	source := e.file.Reader(t)
	step := max(1, chunk/cols)
	if paired {
		step = 1
	}
	raw := make([]byte, min(step, rows)*stored)
	values := make([]float32, min(step, rows)*cols)
	for first := 0; first < rows; first += step {
		n, at := min(step, rows-first), first
		if paired {
			at = pairedRow(first, e.headSize)
		}
		if _, err := source.ReadAt(raw[:n*stored], int64(at)*int64(stored)); err != nil {
			return err
		}
		out := raw[:n*stored]
		if from != tensor.FormatF16 && from != tensor.FormatBF16 && from != tensor.FormatF32 {
			if err := tensor.Decode(from, values[:n*cols], out); err != nil {
				return err
			}
			out = floatBytes(values[:n*cols])
		}
		if _, err := dst.Write(out); err != nil {
			return err
		}
		e.done += uint64(n * stored)
		if e.progress != nil {
			e.progress(e.done, e.total)
		}
	}
	return nil
}
