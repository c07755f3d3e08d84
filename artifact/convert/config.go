package convert

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// maxJSON bounds config.json and its like; tokenizers of large vocabularies have some 20 MB.
const maxJSON = 256 << 20

// hfConfig is what config.json says of the network.
type hfConfig struct {
	Architectures []string   `json:"architectures"`
	ModelType     string     `json:"model_type"`
	Width         int        `json:"hidden_size"`
	Inner         int        `json:"intermediate_size"`
	Layers        int        `json:"num_hidden_layers"`
	Heads         int        `json:"num_attention_heads"`
	KVHeads       int        `json:"num_key_value_heads"`
	HeadSize      int        `json:"head_dim"`
	Context       int        `json:"max_position_embeddings"`
	Vocab         int        `json:"vocab_size"`
	Eps           float32    `json:"rms_norm_eps"`
	RopeTheta     float32    `json:"rope_theta"`
	RopeScaling   *hfScaling `json:"rope_scaling"`
	RopeParams    *hfScaling `json:"rope_parameters"` // of newer versions of the library
	Activation    string     `json:"hidden_act"`
	Tied          *bool      `json:"tie_word_embeddings"`
	Window        int        `json:"sliding_window"`
	UseWindow     *bool      `json:"use_sliding_window"`
	LayerTypes    []string   `json:"layer_types"`
	BOS           tokenIDs   `json:"bos_token_id"`
	EOS           tokenIDs   `json:"eos_token_id"`
	Pad           tokenIDs   `json:"pad_token_id"`
	NoRope        []int      `json:"no_rope_layers"` // of smollm3
	Name          string     `json:"_name_or_path"`
	Quantisation  any        `json:"quantization_config"`
}

// hfScaling is how positions beyond the first training are squeezed.
type hfScaling struct {
	Type     string  `json:"type"`
	RopeType string  `json:"rope_type"`
	Theta    float32 `json:"rope_theta"`
	Factor   float64 `json:"factor"`
	Low      float64 `json:"low_freq_factor"`
	High     float64 `json:"high_freq_factor"`
	Original int     `json:"original_max_position_embeddings"`
	BetaFast float32 `json:"beta_fast"`
	BetaSlow float32 `json:"beta_slow"`
}

// tokenIDs is null, a number or a list of numbers.
type tokenIDs []int

// UnmarshalJSON implements json.Unmarshaler.
func (t *tokenIDs) UnmarshalJSON(raw []byte) error {
	var list []int
	if len(raw) > 0 && raw[0] == '[' {
		err := json.Unmarshal(raw, &list)
		*t = list
		return err
	}
	var one *int
	err := json.Unmarshal(raw, &one)
	if *t = nil; one != nil {
		*t = tokenIDs{*one}
	}
	return err
}

// first is the first id, or -1.
func (t tokenIDs) first() int {
	if len(t) == 0 {
		return -1
	}
	return t[0]
}

func readConfig(dir fs.FS) (*hfConfig, error) {
	c := &hfConfig{}
	if err := readJSON(dir, "config.json", c); err != nil {
		return nil, err
	}
	if c.KVHeads == 0 {
		c.KVHeads = c.Heads
	}
	if c.RopeParams != nil && c.RopeTheta == 0 {
		c.RopeTheta = c.RopeParams.Theta
	}
	if c.RopeScaling == nil {
		c.RopeScaling = c.RopeParams
	}
	if c.RopeTheta == 0 {
		c.RopeTheta = 10000
	}
	for _, size := range []int{c.Width, c.Inner, c.Layers, c.Heads, c.KVHeads, c.Context, c.Vocab} {
		if size < 1 || size > 1<<28 {
			return nil, fmt.Errorf("config.json: a size of the network is missing or %d", size)
		}
	}
	switch {
	case c.Layers > 1024 || c.Heads%c.KVHeads != 0 || c.HeadSize < 0 || c.HeadSize > 1<<20:
		return nil, fmt.Errorf("config.json: %d layers, %d heads and %d key-value heads do not go together", c.Layers, c.Heads, c.KVHeads)
	case c.Activation != "" && c.Activation != "silu":
		return nil, fmt.Errorf("config.json: the activation %q is not supported (silu is)", c.Activation)
	case c.Quantisation != nil:
		return nil, errors.New("config.json: the tensors are quantised already (get the original, or a GGUF file of it)")
	case !(c.Eps > 0):
		return nil, errors.New("config.json: rms_norm_eps is missing")
	}
	return c, nil
}

// headSize is the number of elements of one head.
func (c *hfConfig) headSize() int {
	if c.HeadSize > 0 {
		return c.HeadSize
	}
	return c.Width / c.Heads
}

// window is the number of positions that a token sees, 0 for all.
func (c *hfConfig) window() (int, error) {
	if c.Window <= 0 || c.Window >= c.Context || c.UseWindow != nil && !*c.UseWindow {
		return 0, nil
	}
	for _, kind := range c.LayerTypes {
		if kind != c.LayerTypes[0] {
			return 0, errors.New("config.json: layers with and without a sliding window are not supported")
		}
	}
	if len(c.LayerTypes) > 0 && c.LayerTypes[0] == "full_attention" {
		return 0, nil
	}
	if c.ModelType == "qwen2" || c.ModelType == "qwen3" {
		return 0, errors.New("config.json: a sliding window in some layers of a Qwen model is not supported")
	}
	return c.Window, nil
}

func readJSON(dir fs.FS, name string, into any) error {
	raw, err := readFile(dir, name, maxJSON)
	if err != nil {
		return err
	}
	if err := json.NewDecoder(bytes.NewReader(raw)).Decode(into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func readFile(dir fs.FS, name string, limit int64) ([]byte, error) {
	file, err := dir.Open(name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	defer file.Close() //nolint:errcheck // only read
	raw, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err == nil && int64(len(raw)) > limit {
		err = fmt.Errorf("more than %d bytes", limit)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return raw, nil
}
