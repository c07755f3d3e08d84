// Package grad trains the networks that tensor/llama runs, with the same bits: the forward pass
// is the engine's for F32 weights, and backward pass, clipping and optimiser have one fixed order
// each, written down in docs/spec/numerics-1.md.
//
// The central type is [Trainer]. The flow of one optimiser step:
//
//	New(Shape, seed)         -> Model: parameters under their GGUF names, or AddLoRA beside frozen ones
//	Trainer.Accumulate(seqs) -> forward, cross-entropy, backward; gradients add up over calls
//	Trainer.Apply(rate)      -> mean over the batch, clipping by the global norm, AdamW
//	Trainer.State, SetState  -> moments and step number, for checkpoints
//
// The bits depend on the order of the sequences in a batch alone: not on threads, processors, nor on
// how a batch is split into calls. The package reads no files, takes no time and draws no numbers
// other than those of [Philox]; data, schedules and checkpoints are package train's.
package grad
