// Package onnx reads ONNX files and runs them in floating point.
//
// [Read] turns the bytes of a file into a [Graph]: nodes in the order of the file, constants, inputs and outputs. It trusts
// nothing: lengths, shapes and references are checked before memory is taken, and what is refused is refused with its cause.
// [New] checks that every node's operator is known and gives an [Executor], whose Run is the float reference that integer
// circuits are compared with.
//
// The format is that of the public onnx.proto, by field numbers, read with protowire. Arithmetic is float64 whatever element
// type the file names, so that results agree with a float32 runtime to its rounding and not to the bit.
package onnx
