// Package bpe learns byte-level BPE vocabularies (Sennrich, Haddow and Birch, 2016; bytes as in GPT-2).
//
//	Learn: texts -> words and counts -> merges, most frequent pair first -> Vocabulary
//	Vocabulary.Metadata: the tokenizer part of a GGUF file, as tensor/token reads it
//
// Equal texts, in any order, give equal vocabularies everywhere: counts are exact, and among pairs of
// equal count the one with the least token ids is merged first.
package bpe
