// Package meter rewrites WebAssembly modules so that they count what they do: the same module with the same inputs uses the same
// fuel, memory and stack, and computes the same bits, on every processor.
//
// The central function is [Instrument].
//
//	fuel:   each straight run of instructions pays for itself when it is entered; functions and loops look whether any is left
//	stack:  each call takes the slots of its caller's frame and gives them back
//	memory: memory.grow beyond the cap is refused, and noted
//	NaN:    results of float instructions that are NaN become the canonical one
//
// Counters are globals behind the module's own, which its code cannot name. Vectors, threads, tail calls and exceptions are
// refused. What is written here is not validated beyond what the counters need: the runtime does that after.
package meter
