package safetensors

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"math/bits"
	"sort"
	"unicode/utf8"

	"ayni.example/tensor"
)

// Bounds of the reader. MaxHeader is the format's own; the others are far above any real model.
const (
	MaxHeader = 100_000_000
	maxName   = 4096
	maxDims   = 16
)

// File is the directory of one file. It keeps the source and reads tensors on demand.
type File struct {
	Metadata map[string]string // "__metadata__", nil when the file has none
	Tensors  []Tensor          // in the order of their bytes
	Size     int64

	source io.ReaderAt
	start  int64 // first byte of tensor data
	byName map[string]int
}

// Tensor is one entry of the directory.
type Tensor struct {
	Name   string
	DType  DType
	Shape  []uint64 // outermost first; empty for a scalar
	Offset uint64   // from the start of the tensor data
	Bytes  uint64
}

// Elements is the product of the shape; the reader has checked that it fits.
func (t Tensor) Elements() uint64 { return t.Bytes / t.DType.Size() }

// Read checks the header of a file of the given size. The source stays in use by the methods of the file.
func Read(source io.ReaderAt, size int64) (*File, error) {
	var length [8]byte
	if size < int64(len(length))+2 {
		return nil, &FormatError{Field: "header", Cause: fmt.Sprintf("a file of %d bytes has none", size), Hint: notOne}
	}
	if _, err := source.ReadAt(length[:], 0); err != nil {
		return nil, fmt.Errorf("safetensors: read header length: %w", err)
	}
	n := binary.LittleEndian.Uint64(length[:])
	switch {
	case n < 2 || n > MaxHeader:
		return nil, &FormatError{Field: "header", Cause: fmt.Sprintf("%d bytes, want 2 to %d", n, MaxHeader), Hint: notOne}
	case n > uint64(size-8):
		return nil, &FormatError{Field: "header", Cause: fmt.Sprintf("%d bytes, the file has %d", n, size), Hint: cutShort}
	}
	header := make([]byte, n)
	if _, err := source.ReadAt(header, 8); err != nil {
		return nil, fmt.Errorf("safetensors: read header: %w", err)
	}
	if header[0] != '{' || !utf8.Valid(header) {
		return nil, &FormatError{Field: "header", Cause: "it is no JSON object", Hint: notOne}
	}
	f := &File{Size: size, source: source, start: 8 + int64(n), byName: make(map[string]int)}
	if err := f.parse(header); err != nil {
		return nil, err
	}
	return f, f.place()
}

// Tensor finds an entry by name.
func (f *File) Tensor(name string) (Tensor, bool) {
	i, ok := f.byName[name]
	if !ok {
		return Tensor{}, false
	}
	return f.Tensors[i], true
}

// Data reads the bytes of a tensor of this file, little-endian and row after row.
func (f *File) Data(t Tensor) ([]byte, error) {
	b := make([]byte, t.Bytes)
	return b, f.readAt(b, t, 0)
}

// Reader streams the bytes of a tensor of this file.
func (f *File) Reader(t Tensor) *io.SectionReader {
	return io.NewSectionReader(f.source, f.start+int64(t.Offset), int64(t.Bytes))
}

// Floats reads len(dst) elements of an F32, F16 or BF16 tensor of this file, from element first on. No value is rounded.
func (f *File) Floats(dst []float32, t Tensor, first uint64) error {
	size := t.DType.Size()
	switch {
	case !t.DType.Float():
		return bad(fmt.Sprintf("tensor %q", t.Name), "%s is not read as float32", t.DType)
	case first > t.Elements() || uint64(len(dst)) > t.Elements()-first:
		return bad(fmt.Sprintf("tensor %q", t.Name), "%d elements from %d on: it has %d", len(dst), first, t.Elements())
	}
	raw := make([]byte, uint64(len(dst))*size)
	if err := f.readAt(raw, t, first*size); err != nil {
		return err
	}
	for i := range dst {
		switch t.DType {
		case F32:
			dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
		case F16:
			dst[i] = tensor.Half(binary.LittleEndian.Uint16(raw[2*i:]))
		default:
			dst[i] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(raw[2*i:])) << 16)
		}
	}
	return nil
}

func (f *File) readAt(b []byte, t Tensor, from uint64) error {
	if len(b) == 0 {
		return nil
	}
	if _, err := f.source.ReadAt(b, f.start+int64(t.Offset+from)); err != nil {
		return fmt.Errorf("safetensors: read tensor %q: %w", t.Name, err)
	}
	return nil
}

// place checks that the tensors tile the bytes behind the header: no gap, no overlap, nothing left over.
func (f *File) place() error {
	sort.SliceStable(f.Tensors, func(i, j int) bool {
		a, b := f.Tensors[i], f.Tensors[j]
		return a.Offset < b.Offset || a.Offset == b.Offset && a.Bytes < b.Bytes
	})
	var end uint64
	for i, t := range f.Tensors {
		f.byName[t.Name] = i
		field := fmt.Sprintf("tensor %q", t.Name)
		switch {
		case t.Offset < end:
			return bad(field, "overlaps another tensor")
		case t.Offset > end:
			return bad(field, "%d bytes before it belong to no tensor", t.Offset-end)
		}
		end += t.Bytes
	}
	if have := uint64(f.Size - f.start); end != have {
		return &FormatError{Field: "data", Cause: fmt.Sprintf("the tensors take %d bytes, the file has %d", end, have), Hint: cutShort}
	}
	return nil
}

// bytesOf is the size of a tensor; ok is false when it overflows.
func bytesOf(d DType, shape []uint64) (n uint64, ok bool) {
	n = d.Size()
	for _, v := range shape {
		hi, lo := bits.Mul64(n, v)
		if hi != 0 || lo > math.MaxInt64 {
			return 0, false
		}
		n = lo
	}
	return n, true
}
