package convert

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"ayni.example/tensor/gguf"
)

// hfSpecial is tokenizer_config.json.
type hfSpecial struct {
	AddBOS   *bool           `json:"add_bos_token"`
	AddEOS   *bool           `json:"add_eos_token"`
	BOS      tokenText       `json:"bos_token"`
	EOS      tokenText       `json:"eos_token"`
	Pad      tokenText       `json:"pad_token"`
	Template json.RawMessage `json:"chat_template"`
}

// tokenText is null, a text, or an object with one.
type tokenText string

// UnmarshalJSON implements json.Unmarshaler.
func (t *tokenText) UnmarshalJSON(raw []byte) error {
	var object struct {
		Content string `json:"content"`
	}
	if len(raw) > 0 && raw[0] == '{' {
		err := json.Unmarshal(raw, &object)
		*t = tokenText(object.Content)
		return err
	}
	var text string
	err := json.Unmarshal(raw, &text)
	*t = tokenText(text)
	return err
}

// special writes the tokens that begin and end texts, and the chat template.
func (v *vocabulary) special(dir fs.FS, c *hfConfig, w *gguf.Writer) error {
	var s hfSpecial
	if err := readJSON(dir, "tokenizer_config.json", &s); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	ends, err := ends(dir, c)
	if err != nil {
		return err
	}
	eos := v.id(s.EOS, ends.first())
	for _, id := range []struct {
		key string
		id  int
	}{{"bos", v.id(s.BOS, c.BOS.first())}, {"eos", eos}, {"padding", v.id(s.Pad, c.Pad.first())}} {
		if id.id >= 0 && id.id < len(v.tokens) {
			w.Set("tokenizer.ggml."+id.key+"_token_id", uint32(id.id))
		}
	}
	// A model that has several ends says so in generation_config.json; the second is the end of a turn.
	for _, id := range ends {
		if id != eos && id >= 0 && id < len(v.tokens) {
			w.Set("tokenizer.ggml.eot_token_id", uint32(id))
			break
		}
	}
	bos := v.bos
	if s.AddBOS != nil {
		bos = *s.AddBOS
	}
	w.Set("tokenizer.ggml.add_bos_token", bos)
	if s.AddEOS != nil {
		w.Set("tokenizer.ggml.add_eos_token", *s.AddEOS)
	}
	if v.model == "llama" {
		w.Set("tokenizer.ggml.add_space_prefix", v.space)
	}
	template, err := chatTemplate(dir, s.Template)
	if template != "" {
		w.Set("tokenizer.chat_template", template)
	}
	return err
}

func (v *vocabulary) id(name tokenText, missing int) int {
	if id, ok := v.ids[string(name)]; ok {
		return id
	}
	return missing
}

// ends are the tokens that end an answer.
func ends(dir fs.FS, c *hfConfig) (tokenIDs, error) {
	var generation struct {
		EOS tokenIDs `json:"eos_token_id"`
	}
	err := readJSON(dir, "generation_config.json", &generation)
	if errors.Is(err, fs.ErrNotExist) {
		return c.EOS, nil
	}
	out := slices.Clone(c.EOS)
	for _, id := range generation.EOS {
		if !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out, err
}

// chatTemplate is a text, a list of named texts of which "default" counts, or a file of its own.
func chatTemplate(dir fs.FS, raw json.RawMessage) (string, error) {
	file, err := readFile(dir, "chat_template.jinja", 4<<20)
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return string(file), err
	}
	var text string
	if len(raw) == 0 || json.Unmarshal(raw, &text) == nil {
		return text, nil
	}
	var list []struct {
		Name     string `json:"name"`
		Template string `json:"template"`
	}
	if err := json.Unmarshal(raw, &list); err != nil {
		return "", fmt.Errorf("tokenizer_config.json: chat_template: %w", err)
	}
	for _, t := range list {
		if t.Name == "default" {
			return t.Template, nil
		}
	}
	return "", nil
}

// startsWithBOS reads the post_processor: whether it puts a token before every text, and which.
func (hf *hfTokenizer) startsWithBOS() bool {
	type processor struct {
		Type   string `json:"type"`
		Single []struct {
			Special *struct {
				ID string `json:"id"`
			} `json:"SpecialToken"`
		} `json:"single"`
		Processors []json.RawMessage `json:"processors"`
	}
	var outer processor
	if len(hf.Post) == 0 || json.Unmarshal(hf.Post, &outer) != nil {
		return false
	}
	list := []processor{outer}
	for _, raw := range outer.Processors {
		var p processor
		if json.Unmarshal(raw, &p) == nil {
			list = append(list, p)
		}
	}
	return slices.ContainsFunc(list, func(p processor) bool {
		return p.Type == "TemplateProcessing" && len(p.Single) > 0 && p.Single[0].Special != nil
	})
}

// prefixed tells whether a SentencePiece tokenizer puts a space before every text.
func (hf *hfTokenizer) prefixed() bool {
	var metaspace struct {
		Type   string `json:"type"`
		Scheme string `json:"prepend_scheme"`
		Add    *bool  `json:"add_prefix_space"`
	}
	if len(hf.PreTokenizer) > 0 && json.Unmarshal(hf.PreTokenizer, &metaspace) == nil && metaspace.Type == "Metaspace" {
		return metaspace.Scheme != "never" && (metaspace.Add == nil || *metaspace.Add)
	}
	return strings.Contains(string(hf.Normaliser), `"Prepend"`)
}
