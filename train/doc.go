// Package train trains models on one machine from a recipe, with bits that do not depend on threads, processors,
// interruptions, or how often it saves.
//
// [Run] is the whole flow:
//
//	recipe -> corpus, tokenizer, model: the plan, whose digest names the run (plan.go)
//	newest checkpoint of that run, if there is one -> state
//	for each step: windows -> grad.Trainer -> log; sometimes held-out text, sometimes a checkpoint (loop.go)
//	state -> GGUF, safetensors, card, curves (export.go, card.go)
//
// Subpackages: recipe (the file), bpe (vocabularies), corpus (text), checkpoint (state on disk), chart (curves).
package train
