package gguf

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"sort"
)

// File is the directory of one GGUF file. It keeps the source and reads tensors on demand.
type File struct {
	Version  uint32
	Metadata Metadata
	Tensors  []Tensor // in file order
	Digest   [32]byte // SHA-256 of the whole file
	Size     int64    // bytes of the whole file

	source io.ReaderAt
	start  int64 // first byte of tensor data
	byName map[string]int
}

// Tensor is one entry of the directory.
type Tensor struct {
	Name   string
	Type   Type
	Dims   []uint64 // innermost first: for a matrix columns, then rows
	Offset uint64   // from the start of the tensor data
	Bytes  uint64
}

// Elements is the product of the dimensions; the reader has checked that it fits.
func (t Tensor) Elements() uint64 {
	n := uint64(1)
	for _, d := range t.Dims {
		n *= d
	}
	return n
}

// Parse reads a file that is already in memory.
func Parse(b []byte) (*File, error) { return Read(bytes.NewReader(b), int64(len(b))) }

// Read reads the directory of a file of the given size and hashes the whole file.
// The source stays in use by File.Data.
func Read(source io.ReaderAt, size int64) (*File, error) {
	f, err := ReadKnown(source, size, [sha256.Size]byte{})
	if err != nil {
		return nil, err
	}
	h := sha256.New()
	if _, err = io.Copy(h, io.NewSectionReader(source, 0, size)); err != nil {
		return nil, fmt.Errorf("gguf: hash file: %w", err)
	}
	h.Sum(f.Digest[:0])
	return f, nil
}

// ReadMetadata reads the first part of a file only, whatever its tensors are.
func ReadMetadata(source io.ReaderAt, size int64) (Metadata, error) {
	d := newDecoder(source, size)
	_, keys, err := new(File).readHeader(d)
	if err != nil {
		return nil, err
	}
	return d.metadata(keys)
}

// ReadKnown is Read for a file whose digest the caller has checked, such as one that is kept by its digest.
func ReadKnown(source io.ReaderAt, size int64, digest [sha256.Size]byte) (*File, error) {
	f, err := read(newDecoder(source, size), source)
	if err != nil {
		return nil, err
	}
	f.Digest = digest
	return f, nil
}

// ReadAny reads the directory of a file for its tensors' bytes alone: of types too whose values nobody here reads. The file is not hashed.
func ReadAny(source io.ReaderAt, size int64) (*File, error) {
	d := newDecoder(source, size)
	d.any = true
	return read(d, source)
}

func read(d *decoder, source io.ReaderAt) (*File, error) {
	f := &File{source: source, Size: d.size}
	tensors, keys, err := f.readHeader(d)
	if err != nil {
		return nil, err
	}
	if f.Metadata, err = d.metadata(keys); err != nil {
		return nil, err
	}
	if err = f.readDirectory(d, tensors); err != nil {
		return nil, err
	}
	return f, f.place(d)
}

// Tensor finds a directory entry by name.
func (f *File) Tensor(name string) (Tensor, bool) {
	i, ok := f.byName[name]
	if !ok {
		return Tensor{}, false
	}
	return f.Tensors[i], true
}

// Data reads the bytes of a tensor of this file.
func (f *File) Data(t Tensor) ([]byte, error) {
	b := make([]byte, t.Bytes)
	if _, err := f.source.ReadAt(b, f.start+int64(t.Offset)); err != nil {
		return nil, fmt.Errorf("gguf: read tensor %q: %w", t.Name, err)
	}
	return b, nil
}

// Reader streams the bytes of a tensor of this file.
func (f *File) Reader(t Tensor) *io.SectionReader {
	return io.NewSectionReader(f.source, f.start+int64(t.Offset), int64(t.Bytes))
}

func (f *File) readHeader(d *decoder) (tensors, keys uint64, err error) {
	magic, err := d.u32("magic")
	if err != nil {
		return 0, 0, err
	}
	if magic != Magic {
		return 0, 0, &FormatError{
			Offset: 0, Field: "magic", Cause: fmt.Sprintf("%08x is not GGUF", magic),
			Hint: "is this a GGUF model file? older .ggml and safetensors files must be converted",
		}
	}
	if f.Version, err = d.u32("version"); err != nil {
		return 0, 0, err
	}
	if f.Version != 2 && f.Version != 3 {
		hint := "versions 2 and 3 are supported"
		if f.Version&0xffff == 0 {
			hint = "big-endian files are not supported; convert it to little-endian"
		}
		return 0, 0, &FormatError{Offset: 4, Field: "version", Cause: fmt.Sprintf("version %d", f.Version), Hint: hint}
	}
	// The smallest tensor entry is a name, one dimension, type and offset: 8+4+8+4+8 bytes.
	if tensors, err = d.count("tensor count", 32); err != nil {
		return 0, 0, err
	}
	// The smallest pair is a key length, a kind and one byte of value.
	if keys, err = d.count("metadata count", 13); err != nil {
		return 0, 0, err
	}
	if tensors > maxTensors || keys > maxKeys {
		return 0, 0, d.bad("counts", fmt.Sprintf("%d tensors and %d keys, at most %d and %d are allowed", tensors, keys, maxTensors, maxKeys))
	}
	return tensors, keys, nil
}

func (f *File) readDirectory(d *decoder, n uint64) error {
	f.byName = make(map[string]int)
	for i := range n {
		at := d.pos
		t, err := d.tensor()
		if err != nil {
			return err
		}
		if _, dup := f.byName[t.Name]; dup {
			return &FormatError{
				Offset: at, Field: fmt.Sprintf("tensor %d", i),
				Cause: fmt.Sprintf("name %q appears twice", t.Name),
			}
		}
		f.byName[t.Name] = len(f.Tensors)
		f.Tensors = append(f.Tensors, t)
	}
	return nil
}

// place checks that every tensor lies inside the file, aligned and apart from the others.
func (f *File) place(d *decoder) error {
	align, err := f.Metadata.UintOr("general.alignment", defaultAlignment)
	if err != nil {
		return err
	}
	if align < 8 || align > maxAlignment || align&(align-1) != 0 {
		return &FormatError{
			Offset: d.pos, Field: "general.alignment",
			Cause: fmt.Sprintf("%d is not a power of two from 8 to %d", align, maxAlignment),
		}
	}
	f.start = (d.pos + int64(align) - 1) / int64(align) * int64(align)
	if len(f.Tensors) == 0 {
		return nil
	}
	order := make([]Tensor, len(f.Tensors))
	copy(order, f.Tensors)
	sort.Slice(order, func(i, j int) bool { return order[i].Offset < order[j].Offset })
	room, end := uint64(max(0, f.Size-f.start)), uint64(0)
	for _, t := range order {
		bad := FormatError{Offset: f.start, Field: fmt.Sprintf("tensor %q", t.Name)}
		switch {
		case t.Offset%align != 0:
			bad.Cause = fmt.Sprintf("offset %d is not a multiple of %d", t.Offset, align)
		case t.Offset > room || t.Bytes > room-t.Offset:
			bad.Cause, bad.Hint = fmt.Sprintf("%d bytes at %d lie outside the file", t.Bytes, t.Offset), cutShort
		case t.Offset < end:
			bad.Cause = "overlaps another tensor"
		}
		if bad.Cause != "" {
			return &bad
		}
		end = t.Offset + t.Bytes
	}
	return nil
}
