// Package record makes all tensors of one step of training with the fast kernels, with the bits of grad.Trainer, and shows what
// a dispute asks for: docs/spec/dispute-1.md.
//
//	NewPlan(PlanConfig)        -> what the tenant fixes: tokens, angles, factors of every step, and its root
//	NewState(Program, tensors) -> State: root of a state, and any tile of it with its path
//	Step(Config)               -> Trace: root and nodes of the intermediate tensors, carries, tiles with paths, state after
//
// A trace is held in memory, about as much as training the step takes without recomputation: gradients, activations, and the
// attention of every head.
package record
