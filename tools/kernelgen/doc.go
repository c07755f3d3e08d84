// Command kernelgen writes the assembly of tensor/internal/kernel, zk/field and zk/hash, with its Go declarations, from
// programs of Go text.
//
//	go run ./tools/kernelgen        (or make gen)
//
// Each source is a file of this folder: f32.go (products of float32 matrices), quant.go (quantised products), vector.go
// (rows and attention), field.go (vectors of KoalaBear) and sha256.go. A source fills an assembly, which becomes
// NAME_amd64.s and NAME_stubs_amd64.go; loops over registers, rows and families are loops here, so that no line of assembly
// is written twice by hand.
package main
