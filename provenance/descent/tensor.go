package descent

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"ayni.example/tensor"
	"ayni.example/tensor/gguf"
	"ayni.example/tensor/safetensors"
)

// Tensor is one tensor of a file, read on demand.
type Tensor struct {
	Name       string
	Rows, Cols uint64 // all dimensions but the innermost, and the innermost
	Format     tensor.Format
	Decodable  bool // whether Format is known
	Period     int  // bytes after which a tensor of equal values repeats itself
	Open       func() io.Reader
}

// Open finds the tensors of a model file, GGUF or safetensors.
func Open(source io.ReaderAt, size int64) ([]Tensor, error) {
	var magic [4]byte
	if size >= int64(len(magic)) {
		if _, err := source.ReadAt(magic[:], 0); err != nil {
			return nil, fmt.Errorf("read model file: %w", err)
		}
	}
	if binary.LittleEndian.Uint32(magic[:]) == gguf.Magic {
		f, err := gguf.ReadAny(source, size)
		if err != nil {
			return nil, err
		}
		return FromGGUF(f), nil
	}
	f, err := safetensors.Read(source, size)
	if err != nil {
		return nil, err
	}
	return FromSafetensors(f), nil
}

// FromGGUF lists the tensors of a file that was read.
func FromGGUF(f *gguf.File) []Tensor {
	out := make([]Tensor, 0, len(f.Tensors))
	for _, t := range f.Tensors {
		format, ok := tensor.ParseFormat(t.Type.String())
		_, period := t.Type.Block()
		out = append(out, Tensor{
			Name: t.Name, Rows: t.Elements() / t.Dims[0], Cols: t.Dims[0], Format: format, Decodable: ok, Period: int(period),
			Open: func() io.Reader { return f.Reader(t) },
		})
	}
	return out
}

// FromSafetensors lists the tensors of a file that was read. Those of a model in several files are put one behind the other.
func FromSafetensors(f *safetensors.File) []Tensor {
	out := make([]Tensor, 0, len(f.Tensors))
	for _, t := range f.Tensors {
		if len(t.Shape) == 0 || t.Bytes == 0 {
			continue
		}
		format, ok := tensor.ParseFormat(string(t.DType))
		cols := t.Shape[len(t.Shape)-1]
		out = append(out, Tensor{
			Name: t.Name, Rows: t.Elements() / cols, Cols: cols, Format: format, Decodable: ok, Period: int(t.Bytes / t.Elements()),
			Open: func() io.Reader { return f.Reader(t) },
		})
	}
	return out
}

// least is the number of elements below which a tensor is left out: small ones are equal in models that have nothing else in common.
const least = 1024

// largest orders the tensors by their elements, then the first number in their names, then their names, and gives the first n. Names
// differ between formats, but this order does not: blk.0.ffn_down and model.layers.0.mlp.down_proj stand at the same place.
func largest(all []Tensor, n int) []Tensor {
	list := slices.DeleteFunc(slices.Clone(all), func(t Tensor) bool {
		return t.Rows < 2 || t.Cols < 2 || t.Rows > math.MaxUint32 || t.Cols > math.MaxUint32 || t.Rows*t.Cols < least
	})
	slices.SortFunc(list, func(a, b Tensor) int {
		return cmp.Or(cmp.Compare(b.Rows*b.Cols, a.Rows*a.Cols), cmp.Compare(number(a.Name), number(b.Name)), strings.Compare(a.Name, b.Name))
	})
	return list[:min(n, len(list))]
}

// number is the first one in a name, -1 without any.
func number(name string) int64 {
	from := strings.IndexFunc(name, isDigit)
	if from < 0 {
		return -1
	}
	text := name[from:]
	if end := strings.IndexFunc(text, func(r rune) bool { return !isDigit(r) }); end >= 0 {
		text = text[:end]
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return math.MaxInt64
	}
	return n
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

// sketched tells whether a tensor's values are projected. Those of adapters are not: two that began with one seed are alike, whatever
// they learned.
func (t Tensor) sketched() bool {
	return t.Decodable && !strings.Contains(strings.ToLower(t.Name), "lora")
}
