package convert

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// Token types of GGUF files.
const (
	typeNormal      = 1
	typeUnknown     = 2
	typeControl     = 3
	typeUserDefined = 4
	typeUnused      = 5
	typeByte        = 6
)

// hfTokenizer is tokenizer.json.
type hfTokenizer struct {
	Model struct {
		Type         string          `json:"type"`
		Vocab        map[string]int  `json:"vocab"`
		Merges       json.RawMessage `json:"merges"`
		ByteFallback bool            `json:"byte_fallback"`
		IgnoreMerges bool            `json:"ignore_merges"`
		UnkToken     *string         `json:"unk_token"`
	} `json:"model"`
	Added        []addedToken    `json:"added_tokens"`
	PreTokenizer json.RawMessage `json:"pre_tokenizer"`
	Normaliser   json.RawMessage `json:"normalizer"`
	Post         json.RawMessage `json:"post_processor"`
}

type addedToken struct {
	ID      int    `json:"id"`
	Content string `json:"content"`
	Special bool   `json:"special"`
}

// vocabulary is a tokenizer as GGUF files have it.
type vocabulary struct {
	model  string // gpt2 or llama
	pre    string
	tokens []string
	types  []int32
	scores []float32 // llama only
	merges []string  // gpt2 only
	space  bool      // llama: text starts with a space that nobody typed
	bos    bool      // prompts start with BOS
	ids    map[string]int
}

func readVocabulary(dir fs.FS, size int) (*vocabulary, error) {
	var hf hfTokenizer
	if err := readJSON(dir, "tokenizer.json", &hf); err != nil {
		return nil, fmt.Errorf("%w (a tokenizer.model alone is not read: save the tokenizer with AutoTokenizer first)", err)
	}
	if hf.Model.Type != "BPE" && hf.Model.Type != "" {
		return nil, fmt.Errorf("tokenizer.json: a model of type %q is not supported (BPE is)", hf.Model.Type)
	}
	merges, err := hf.merges()
	if err != nil {
		return nil, err
	}
	v := &vocabulary{ids: hf.Model.Vocab, bos: hf.startsWithBOS()}
	if v.ids == nil {
		return nil, errors.New("tokenizer.json: it has no vocabulary")
	}
	if err := v.place(&hf, size); err != nil {
		return nil, fmt.Errorf("tokenizer.json: %w", err)
	}
	if hf.Model.ByteFallback {
		v.sentencePiece(&hf, merges)
		v.space = hf.prefixed()
	} else {
		v.model = "gpt2"
		for _, m := range merges {
			v.merges = append(v.merges, m[0]+" "+m[1])
		}
		if v.pre, err = hf.scheme(); err != nil {
			return nil, fmt.Errorf("tokenizer.json: %w", err)
		}
	}
	return v, nil
}

// merges are pairs, in older files joined by a space.
func (hf *hfTokenizer) merges() ([][2]string, error) {
	var lists [][2]string
	if err := json.Unmarshal(hf.Model.Merges, &lists); err == nil {
		return lists, nil
	}
	var lines []string
	if err := json.Unmarshal(hf.Model.Merges, &lines); err != nil {
		return nil, fmt.Errorf("tokenizer.json: merges: %w", err)
	}
	lists = make([][2]string, len(lines))
	for i, line := range lines {
		left, right, ok := strings.Cut(line, " ")
		if !ok {
			return nil, fmt.Errorf("tokenizer.json: merge %d is %q", i, line)
		}
		lists[i] = [2]string{left, right}
	}
	return lists, nil
}

// place gives every id of the embedding a token; ids without one get a name that no text has.
func (v *vocabulary) place(hf *hfTokenizer, size int) error {
	v.tokens, v.types = make([]string, size), make([]int32, size)
	used := make([]bool, size)
	put := func(name string, id int, kind int32) error {
		if id < 0 || id >= size {
			return fmt.Errorf("token %q has the id %d, the embedding has %d rows", name, id, size)
		}
		if used[id] && v.tokens[id] != name {
			return fmt.Errorf("tokens %q and %q share the id %d", v.tokens[id], name, id)
		}
		v.tokens[id], v.types[id], used[id] = name, kind, true
		return nil
	}
	for name, id := range hf.Model.Vocab {
		if err := put(name, id, typeNormal); err != nil {
			return err
		}
	}
	for _, t := range hf.Added {
		kind := int32(typeUserDefined)
		if t.Special {
			kind = typeControl
		}
		if err := put(t.Content, t.ID, kind); err != nil {
			return err
		}
		v.ids[t.Content] = t.ID
	}
	for id := range size {
		if !used[id] {
			v.tokens[id], v.types[id] = fmt.Sprintf("[PAD%d]", id), typeUnused
		}
	}
	return nil
}

// sentencePiece marks the tokens of a vocabulary with byte fallback. A piece's score is the rank of the merge that makes it,
// so that the best score first is the first merge first.
func (v *vocabulary) sentencePiece(hf *hfTokenizer, merges [][2]string) {
	v.model = "llama"
	v.scores = make([]float32, len(v.tokens))
	ranks := make(map[string]int, len(merges))
	for rank, m := range merges {
		if _, twice := ranks[m[0]+m[1]]; !twice {
			ranks[m[0]+m[1]] = rank
		}
	}
	for id, name := range v.tokens {
		var b byte
		switch {
		case hf.Model.UnkToken != nil && name == *hf.Model.UnkToken:
			v.types[id] = typeUnknown
		case isByte(name, &b):
			v.types[id] = typeByte
		case v.types[id] == typeNormal:
			v.scores[id] = -float32(len(merges))
			if rank, made := ranks[name]; made {
				v.scores[id] = -float32(rank)
			}
		}
	}
}

// isByte reads a token such as <0x0A>.
func isByte(name string, b *byte) bool {
	n, err := fmt.Sscanf(name, "<0x%02X>", b)
	return n == 1 && err == nil && name == fmt.Sprintf("<0x%02X>", *b)
}

// step is one part of a pre_tokenizer.
type step struct {
	Type       string `json:"type"`
	Steps      []step `json:"pretokenizers"`
	Individual bool   `json:"individual_digits"`
	UseRegex   *bool  `json:"use_regex"`
	AddSpace   bool   `json:"add_prefix_space"`
	Behaviour  string `json:"behavior"`
	Invert     bool   `json:"invert"`
	Pattern    struct {
		Regex  string `json:"Regex"`
		String string `json:"String"`
	} `json:"pattern"`
}

// splits are the regular expressions of pre_tokenizers and GGUF's names of them.
func splits() map[string]string {
	const contractions = `(?i:'s|'t|'re|'ve|'m|'ll|'d)|`
	const rest = ` ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
	return map[string]string{
		contractions + `[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|` + rest: "llama-bpe",
		contractions + `[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|` + rest:      "qwen2",
		`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+` +
			`[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`: "tekken",
	}
}

// scheme finds GGUF's name of how text is split into words.
func (hf *hfTokenizer) scheme() (string, error) {
	var s step
	if err := json.Unmarshal(hf.PreTokenizer, &s); err != nil {
		return "", fmt.Errorf("pre_tokenizer: %w", err)
	}
	steps := s.Steps
	if s.Type != "Sequence" {
		steps = []step{s}
	}
	byteLevel := func(s step, regex bool) bool {
		return s.Type == "ByteLevel" && !s.AddSpace && (s.UseRegex == nil || *s.UseRegex) == regex
	}
	var pre string
	switch {
	case len(steps) == 1 && byteLevel(steps[0], true):
		pre = "gpt-2"
	case len(steps) == 2 && steps[0].Type == "Digits" && steps[0].Individual && byteLevel(steps[1], true):
		pre = "smollm"
	case len(steps) == 2 && steps[0].Type == "Split" && !steps[0].Invert && steps[0].Behaviour == "Isolated" && byteLevel(steps[1], false):
		pre = splits()[steps[0].Pattern.Regex]
	}
	if pre == "llama-bpe" && !hf.Model.IgnoreMerges {
		pre = "smaug-bpe" // the same words, and merges even for whole words
	}
	if pre == "" {
		return "", fmt.Errorf("the pre_tokenizer %.300s is not one that is known here", hf.PreTokenizer)
	}
	if err := hf.checkNormaliser(pre); err != nil {
		return "", err
	}
	return pre, nil
}

// checkNormaliser refuses what would change text before it is split. Qwen's NFC is left out by every GGUF file of it.
func (hf *hfTokenizer) checkNormaliser(pre string) error {
	var n *struct {
		Type string `json:"type"`
	}
	if len(hf.Normaliser) == 0 {
		return nil
	}
	if err := json.Unmarshal(hf.Normaliser, &n); err != nil {
		return fmt.Errorf("normalizer: %w", err)
	}
	if n == nil || n.Type == "NFC" && pre == "qwen2" {
		return nil
	}
	return errors.New("the normalizer " + n.Type + " is not supported")
}
