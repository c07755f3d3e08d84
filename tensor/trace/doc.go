// Package trace cuts a step of training into tiles of 32 x 32 numbers, commits to them, and computes any one of them again with
// integers only: what a ledger needs to find out who lies about a training. docs/spec/dispute-1.md defines it.
//
// The central type is [Program], the list of operations of a step:
//
//	NewProgram(Shape)            -> operations, tensors, tiles, chunks; from the shape alone
//	Program.Top, Fanout, Child   -> walk down the trees of what a step made, to one tile
//	Program.Operands, Verify     -> which tiles a chunk reads, and that they are the committed ones
//	Program.Compute              -> the chunk's carry, or the tile
//
// [Job] is what a dispute begins from. No function here computes with floats; package record makes all tensors of a step with
// the fast kernels, to the same bits. The game itself is x/referee's.
package trace
