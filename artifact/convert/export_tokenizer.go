package convert

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"ayni.example/tensor/gguf"
	"ayni.example/tensor/token"
)

// ggufVocabulary is a tokenizer as a GGUF file has it.
type ggufVocabulary struct {
	model  string
	tokens []string
	types  []int32
	scores []float32
	merges []string
}

// tokenizer gives tokenizer.json, tokenizer_config.json and generation_config.json.
func (e *exporter) tokenizer() (tokenizer, special, generation map[string]any, err error) {
	m := e.file.Metadata
	v, err := vocabularyOf(m)
	if err != nil {
		return nil, nil, nil, err
	}
	known, err := token.FromGGUF(m) // what the engine does where the file says nothing
	if err != nil {
		return nil, nil, nil, err
	}
	tokenizer = map[string]any{"version": "1.0", "truncation": nil, "padding": nil, "normalizer": nil, "post_processor": nil}
	tokenizer["added_tokens"] = v.added()
	if v.model == "llama" {
		v.pieces(tokenizer, known.AddSpace)
	} else {
		err = v.byteLevel(m, tokenizer)
	}
	if err != nil {
		return nil, nil, nil, err
	}
	special, generation = map[string]any{"tokenizer_class": "PreTrainedTokenizerFast"}, map[string]any{}
	var ends []uint64
	for _, key := range []string{"bos", "eos", "eot", "padding"} {
		id, err := m.UintOr("tokenizer.ggml."+key+"_token_id", uint64(len(v.tokens)))
		if err != nil || id >= uint64(len(v.tokens)) {
			continue
		}
		name := strings.Replace(key, "padding", "pad", 1)
		switch key {
		case "eos", "eot":
			ends = append(ends, id)
		default:
			generation[name+"_token_id"] = id
		}
		if key != "eot" {
			special[name+"_token"] = v.tokens[id]
		}
	}
	if len(ends) == 1 {
		generation["eos_token_id"] = ends[0]
	} else if len(ends) > 1 {
		generation["eos_token_id"] = ends
	}
	special["add_bos_token"], special["add_eos_token"] = known.AddBOS, known.AddEOS
	template, err := m.StringOr("tokenizer.chat_template", "")
	if template != "" {
		special["chat_template"] = template
	}
	return tokenizer, special, generation, err
}

func vocabularyOf(m gguf.Metadata) (*ggufVocabulary, error) {
	v := &ggufVocabulary{}
	var err error
	if v.model, err = m.String("tokenizer.ggml.model"); err != nil {
		return nil, err
	}
	if v.tokens, err = m.Strings("tokenizer.ggml.tokens"); err != nil {
		return nil, err
	}
	if v.types, err = m.Ints("tokenizer.ggml.token_type"); err != nil {
		return nil, err
	}
	switch v.model {
	case "gpt2":
		v.merges, err = m.Strings("tokenizer.ggml.merges")
	case "llama":
		v.scores, err = m.Floats("tokenizer.ggml.scores")
		if err == nil && len(v.scores) != len(v.tokens) {
			err = errors.New("tokens and scores differ in number")
		}
	default:
		err = fmt.Errorf("tokenizer model %q is not supported", v.model)
	}
	if err == nil && len(v.types) != len(v.tokens) {
		err = errors.New("tokens and token types differ in number")
	}
	return v, err
}

func (v *ggufVocabulary) added() []map[string]any {
	list := []map[string]any{}
	for id, kind := range v.types {
		if kind == typeControl || kind == typeUserDefined || kind == typeUnknown {
			list = append(list, map[string]any{
				"id": id, "content": v.tokens[id], "special": kind != typeUserDefined,
				"single_word": false, "lstrip": false, "rstrip": false, "normalized": false,
			})
		}
	}
	return list
}

// vocab are all tokens that are no filling; of two with one name the first counts, as in GGUF files.
func (v *ggufVocabulary) vocab() map[string]int {
	out := make(map[string]int, len(v.tokens))
	for id, name := range v.tokens {
		if _, twice := out[name]; !twice && v.types[id] != typeUnused {
			out[name] = id
		}
	}
	return out
}

func (v *ggufVocabulary) byteLevel(m gguf.Metadata, out map[string]any) error {
	pre, err := m.StringOr("tokenizer.ggml.pre", "")
	if err != nil {
		return err
	}
	level := func(regex bool) map[string]any {
		return map[string]any{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": regex}
	}
	sequence := func(steps ...any) map[string]any { return map[string]any{"type": "Sequence", "pretokenizers": steps} }
	aliases := map[string]string{"gpt2": "gpt-2", "llama3": "llama-bpe", "llama-v3": "llama-bpe", "starcoder": "smollm"}
	if name, ok := aliases[pre]; ok {
		pre = name
	}
	whole := pre == "llama-bpe" || pre == "tekken"
	switch pattern := pattern(pre); {
	case pre == "gpt-2":
		out["pre_tokenizer"] = level(true)
	case pre == "smollm":
		out["pre_tokenizer"] = sequence(map[string]any{"type": "Digits", "individual_digits": true}, level(true))
	case pattern != "":
		out["pre_tokenizer"] = sequence(map[string]any{
			"type": "Split", "pattern": map[string]string{"Regex": pattern}, "behavior": "Isolated", "invert": false,
		}, level(false))
	default:
		return fmt.Errorf("tokenizer.ggml.pre %q has no tokenizer.json", pre)
	}
	out["decoder"] = level(true)
	out["model"] = map[string]any{
		"type": "BPE", "dropout": nil, "unk_token": nil, "continuing_subword_prefix": nil, "end_of_word_suffix": nil, "fuse_unk": false,
		"byte_fallback": false, "ignore_merges": whole, "vocab": v.vocab(), "merges": split(v.merges),
	}
	return nil
}

// pattern is the regular expression of a scheme, "" when it has none of its own.
func pattern(pre string) string {
	if pre == "smaug-bpe" {
		pre = "llama-bpe"
	}
	for regex, name := range splits() {
		if name == pre {
			return regex
		}
	}
	return ""
}

func split(lines []string) [][2]string {
	out := make([][2]string, len(lines))
	for i, line := range lines {
		out[i][0], out[i][1], _ = strings.Cut(line, " ")
	}
	return out
}

// pieces writes a SentencePiece vocabulary: every way to put a piece together from two others is a merge, the best piece first.
func (v *ggufVocabulary) pieces(out map[string]any, space bool) {
	vocab := v.vocab()
	type merge struct {
		pair  [2]string
		piece int
	}
	var merges []merge
	for id, name := range v.tokens {
		if v.types[id] != typeNormal || vocab[name] != id {
			continue
		}
		for at := range name {
			left, okLeft := vocab[name[:at]]
			right, okRight := vocab[name[at:]]
			if at > 0 && okLeft && okRight && v.types[left] == typeNormal && v.types[right] == typeNormal {
				merges = append(merges, merge{[2]string{name[:at], name[at:]}, id})
			}
		}
	}
	slices.SortStableFunc(merges, func(a, b merge) int {
		switch {
		case v.scores[a.piece] > v.scores[b.piece]:
			return -1
		case v.scores[a.piece] < v.scores[b.piece]:
			return 1
		}
		return 0
	})
	pairs := make([][2]string, len(merges))
	for i, merge := range merges {
		pairs[i] = merge.pair
	}
	replace := map[string]any{"type": "Replace", "pattern": map[string]string{"String": " "}, "content": "▁"}
	steps := []any{replace}
	if space {
		steps = []any{map[string]any{"type": "Prepend", "prepend": "▁"}, replace}
	}
	out["normalizer"] = map[string]any{"type": "Sequence", "normalizers": steps}
	out["pre_tokenizer"] = nil
	decoders := []any{
		map[string]any{"type": "Replace", "pattern": map[string]string{"String": "▁"}, "content": " "},
		map[string]any{"type": "ByteFallback"},
		map[string]any{"type": "Fuse"},
	}
	if space {
		decoders = append(decoders, map[string]any{"type": "Strip", "content": " ", "start": 1, "stop": 0})
	}
	out["decoder"] = map[string]any{"type": "Sequence", "decoders": decoders}
	model := map[string]any{
		"type": "BPE", "dropout": nil, "unk_token": nil, "continuing_subword_prefix": nil, "end_of_word_suffix": nil, "fuse_unk": true,
		"byte_fallback": true, "ignore_merges": false, "vocab": vocab, "merges": pairs,
	}
	if i := slices.Index(v.types, typeUnknown); i >= 0 {
		model["unk_token"] = v.tokens[i]
	}
	out["model"] = model
}
