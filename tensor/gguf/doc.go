// Package gguf reads and writes GGUF model files, versions 2 and 3.
//
// The central type is [File]: metadata, tensor directory and digest of one file.
//
//	Read: header -> metadata -> tensor directory -> bounds and overlap checks -> SHA-256
//	File.Data: the bytes of one tensor, read on demand
//	Writer: metadata and tensors in, a version 3 file out
//
// The reader is strict: what it accepts is well formed, and it never allocates more than a
// small multiple of what the file holds. It does not map files into memory and does not
// dequantise; that is done by package tensor.
package gguf
