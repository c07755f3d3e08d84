package train

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"ayni.example/tensor/gguf"
	"ayni.example/tensor/token"
	"ayni.example/train/bpe"
	"ayni.example/train/corpus"
)

const templateKey = "tokenizer.chat_template"

// vocabulary is the tokenizer of a run, as it is used and as it is exported.
type vocabulary struct {
	pairs  []bpe.Pair
	digest [sha256.Size]byte
	run    *token.Tokenizer
	encode func(text string) []int32
}

// learned trains a vocabulary on the training text.
func learned(files []corpus.File, splitter string, size int) (*vocabulary, error) {
	split, err := token.Splitter(splitter)
	if err != nil {
		return nil, fmt.Errorf("learn vocabulary: %w", err)
	}
	texts := make([]string, len(files))
	for i, f := range files {
		texts[i] = f.Text
	}
	words, err := bpe.Learn(texts, splitter, split, size)
	if err != nil {
		return nil, hinted{fmt.Errorf("learn vocabulary: %w", err), "make tokenizer.vocabulary smaller, or add text"}
	}
	v, err := newVocabulary(words.Metadata())
	if err != nil {
		return nil, err
	}
	// Most words of any text occur often: each is merged once.
	memo := make(map[string][]int32)
	v.encode = func(text string) []int32 {
		var out []int32
		for _, word := range split(text) {
			ids, known := words.Word(word)
			if !known {
				ids, known = memo[word]
			}
			if !known {
				ids = v.run.Encode(word)
				memo[strings.Clone(word)] = ids
			}
			out = append(out, ids...)
		}
		return out
	}
	return v, nil
}

// given takes the vocabulary of a model file.
func given(m gguf.Metadata) (*vocabulary, error) {
	var pairs []bpe.Pair
	for _, key := range slices.Sorted(maps.Keys(m)) {
		if strings.HasPrefix(key, "tokenizer.") && key != templateKey {
			pairs = append(pairs, bpe.Pair{Key: key, Value: m[key]})
		}
	}
	v, err := newVocabulary(pairs)
	if err != nil {
		return nil, err
	}
	v.encode = v.run.Encode
	return v, nil
}

func newVocabulary(pairs []bpe.Pair) (*vocabulary, error) {
	v := &vocabulary{pairs: pairs}
	text, err := json.Marshal(pairs)
	if err != nil {
		return nil, fmt.Errorf("digest vocabulary: %w", err)
	}
	v.digest = sha256.Sum256(text)
	if v.run, err = token.FromGGUF(bpe.Map(pairs)); err != nil {
		return nil, err
	}
	if v.run.EOS < 0 {
		return nil, errors.New("the tokenizer has no end token, so documents cannot be told apart")
	}
	return v, nil
}

// marks are the tokens that the model knows documents by.
func (v *vocabulary) marks() corpus.Marks {
	if v.run.AddBOS {
		return corpus.Marks{Start: v.run.BOS, End: v.run.EOS}
	}
	return corpus.Marks{Start: v.run.EOS, End: v.run.EOS}
}
