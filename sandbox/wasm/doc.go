// Package wasm runs WebAssembly modules for WASI preview 1: the same module, inputs and seed give the same output, the same
// fuel and the same end on every machine.
//
// The central type is [Driver], an ayni.example/sandbox.Driver.
//
//	Prepare: digest -> bytes -> metered (ayni.example/sandbox/wasm/meter) -> compiled
//	Start:   an instance with files that lie in memory, a clock that moves only when it is read, and randomness from a seed
//
// A module has no authority but its files: there is no folder of this machine behind them. Fuel stands for CPU time; wall time
// is there as well, for the rest of the machine, and ends a run at no particular instruction.
package wasm
