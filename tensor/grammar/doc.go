// Package grammar constrains what a model may write: a context-free grammar over bytes says at
// each step which tokens of the vocabulary can still lead to a valid text.
//
//	Parse       a grammar in GBNF, the form that llama.cpp reads
//	FromSchema  a JSON schema        JSON  any JSON value
//	Vocabulary  the tokens of a model as a trie; built once for a model
//	Matcher     one text in progress: Allowed, Accept
//
// Everything is bounded: rules, stacks, depth and the length of repetitions. Which tokens are
// allowed is a pure function of the grammar and the text so far, so a receipt can be replayed.
package grammar
