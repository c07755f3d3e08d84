// Package safetensors reads and writes safetensors files: a length, a JSON header, and tensors packed behind it.
//
// The central type is [File]: names, types, shapes and places of the tensors of one file.
//
//	Read: header length -> JSON, each field checked -> tensors tile the rest of the file exactly
//	File.Data, File.Reader, File.Floats: one tensor, or a part of it, read on demand
//	Writer: tensors in, a file out; equal input gives equal bytes
//
// The reader is strict: gaps, overlaps, unknown fields, duplicate keys and shapes that do not fit their bytes are errors,
// and memory stays within a small multiple of the header. A model that lies in several files is put together by
// ayni.example/artifact/convert.
package safetensors
