package token

import (
	"fmt"
	"slices"

	"ayni.example/tensor/gguf"
)

// Token types of GGUF files.
const (
	typeNormal      = 1
	typeUnknown     = 2
	typeControl     = 3
	typeUserDefined = 4
	typeByte        = 6
)

// none marks a special token that the model does not have.
const none = int32(-1)

// Tokenizer is the vocabulary of one model. It is read-only and safe for concurrent use.
type Tokenizer struct {
	BOS, EOS    int32 // -1 when the model has none
	AddBOS      bool  // a prompt starts with BOS
	AddEOS      bool  // a document ends with EOS, as models for embeddings want it
	AddSpace    bool  // SentencePiece: text starts with a space that the user did not type
	spm         bool
	scheme      scheme   // of byte-level BPE
	pieces      [][]byte // bytes of each token; nil for control tokens
	types       []int32
	ids         map[string]int32
	bytes       [256]int32
	scores      []float32
	runes       [256]rune // the character of each byte in names, byte-level BPE
	merges      map[pair]merge
	unknown     int32
	ends        []int32
	longest     int  // bytes of the longest name
	special     trie // control and user-defined tokens
	specialName []string
}

type pair struct{ left, right int32 }

type merge struct {
	rank int
	id   int32
}

// FromGGUF reads the tokenizer of a model file.
func FromGGUF(m gguf.Metadata) (*Tokenizer, error) {
	model, err := m.String("tokenizer.ggml.model")
	if err != nil {
		return nil, fmt.Errorf("tokenizer: %w (was the model exported without its vocabulary?)", err)
	}
	t := &Tokenizer{spm: model == "llama"}
	if !t.spm && model != "gpt2" {
		return nil, fmt.Errorf("tokenizer model %q is not supported (gpt2 and llama are)", model)
	}
	if err = t.readVocabulary(m); err == nil {
		if t.spm {
			err = t.readSPM(m)
		} else {
			err = t.readBPE(m)
		}
	}
	if err == nil {
		err = t.readSpecial(m)
	}
	if err != nil {
		return nil, fmt.Errorf("tokenizer: %w", err)
	}
	return t, nil
}

// Size is the number of tokens.
func (t *Tokenizer) Size() int { return len(t.pieces) }

// Ends reports whether generation stops at the token: end of text, turn or message.
func (t *Tokenizer) Ends(id int32) bool { return slices.Contains(t.ends, id) }

// Name is the token as the vocabulary spells it; special tokens have a name but no text.
func (t *Tokenizer) Name(id int32) string {
	if id < 0 || int(id) >= len(t.specialName) {
		return ""
	}
	return t.specialName[id]
}

// ID finds a token by the name that the vocabulary spells.
func (t *Tokenizer) ID(name string) (int32, bool) {
	id, ok := t.ids[name]
	return id, ok
}

func (t *Tokenizer) readVocabulary(m gguf.Metadata) error {
	names, err := m.Strings("tokenizer.ggml.tokens")
	if err != nil {
		return err
	}
	t.types = make([]int32, len(names))
	for i := range t.types {
		t.types[i] = typeNormal
	}
	if _, ok := m["tokenizer.ggml.token_type"]; ok {
		if t.types, err = m.Ints("tokenizer.ggml.token_type"); err != nil {
			return err
		}
	}
	if len(t.types) != len(names) || len(names) == 0 {
		return fmt.Errorf("%d tokens and %d token types", len(names), len(t.types))
	}
	t.specialName, t.ids = names, make(map[string]int32, len(names))
	t.pieces = make([][]byte, len(names))
	for i, name := range names {
		t.longest = max(t.longest, len(name))
		if _, dup := t.ids[name]; !dup {
			t.ids[name] = int32(i)
		}
	}
	return nil
}

func (t *Tokenizer) readSpecial(m gguf.Metadata) error {
	var err error
	if t.BOS, err = t.id(m, "bos"); err != nil {
		return err
	}
	if t.EOS, err = t.id(m, "eos"); err != nil {
		return err
	}
	for _, key := range []string{"eos", "eot", "eom"} {
		id, err := t.id(m, key)
		if err != nil {
			return err
		}
		if id != none && !slices.Contains(t.ends, id) {
			t.ends = append(t.ends, id)
		}
	}
	if t.AddBOS, err = m.BoolOr("tokenizer.ggml.add_bos_token", t.AddBOS); err != nil {
		return err
	}
	if t.AddEOS, err = m.BoolOr("tokenizer.ggml.add_eos_token", false); err != nil {
		return err
	}
	t.AddBOS, t.AddEOS = t.AddBOS && t.BOS != none, t.AddEOS && t.EOS != none
	return t.index()
}

// index lists the tokens that are recognised as a whole before text is split.
func (t *Tokenizer) index() error {
	for i, kind := range t.types {
		name, id := t.specialName[i], int32(i)
		switch {
		case name == "":
			continue
		case kind == typeUserDefined:
			t.pieces[i] = []byte(name)
		case kind == typeControl || kind == typeUnknown:
			t.pieces[i] = nil
			if endsTurn(name) && !slices.Contains(t.ends, id) {
				t.ends = append(t.ends, id)
			}
		default:
			continue
		}
		if err := t.special.add(name, id); err != nil {
			return err
		}
	}
	return nil
}

// endsTurn knows the control tokens of common chat formats: files often name only one of
// those that end a message.
func endsTurn(name string) bool {
	switch name {
	case "<|eot_id|>", "<|eom_id|>", "<|im_end|>", "<|end|>", "<end_of_turn>", "<|endoftext|>", "<|end_of_text|>", "<EOT>":
		return true
	}
	return false
}

func (t *Tokenizer) id(m gguf.Metadata, key string) (int32, error) {
	key = "tokenizer.ggml." + key + "_token_id"
	v, err := m.UintOr(key, 0xffffffff)
	if err != nil || v == 0xffffffff {
		return none, err
	}
	if v >= uint64(len(t.pieces)) {
		return none, fmt.Errorf("%s is %d, the vocabulary has %d tokens", key, v, len(t.pieces))
	}
	return int32(v), nil
}
