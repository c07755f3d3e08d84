package gguf

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"math/bits"
	"unicode/utf8"
)

const cutShort = "the file is cut short; download it again"

// decoder reads the header part of a file and knows how much of the file is left.
type decoder struct {
	r    *bufio.Reader
	pos  int64
	size int64
	any  bool // types whose values nobody here reads, too
	buf  [8]byte
}

func newDecoder(source io.ReaderAt, size int64) *decoder {
	return &decoder{r: bufio.NewReaderSize(io.NewSectionReader(source, 0, size), 1<<16), size: size}
}

func (d *decoder) bad(field, cause string) error {
	return &FormatError{Offset: d.pos, Field: field, Cause: cause}
}

func (d *decoder) read(field string, b []byte) error {
	if int64(len(b)) > d.size-d.pos {
		return &FormatError{Offset: d.pos, Field: field, Cause: "the file ends here", Hint: cutShort}
	}
	if int64(len(b)) > maxHeader-d.pos {
		return d.bad(field, fmt.Sprintf("metadata and directory have more than %d bytes", maxHeader))
	}
	if _, err := io.ReadFull(d.r, b); err != nil {
		return fmt.Errorf("gguf: read %s at byte %d: %w", field, d.pos, err)
	}
	d.pos += int64(len(b))
	return nil
}

func (d *decoder) u32(field string) (uint32, error) {
	err := d.read(field, d.buf[:4])
	return binary.LittleEndian.Uint32(d.buf[:4]), err
}

func (d *decoder) u64(field string) (uint64, error) {
	err := d.read(field, d.buf[:8])
	return binary.LittleEndian.Uint64(d.buf[:8]), err
}

// count reads a number of items and refuses it when items of the least size cannot fit.
func (d *decoder) count(field string, least int64) (uint64, error) {
	n, err := d.u64(field)
	if err != nil {
		return 0, err
	}
	if n > uint64((d.size-d.pos)/least) {
		return 0, d.bad(field, fmt.Sprintf("%d items cannot fit in the %d bytes that follow", n, d.size-d.pos))
	}
	if n > uint64((maxHeader-d.pos)/least) {
		return 0, d.bad(field, fmt.Sprintf("with %d items, metadata and directory have more than %d bytes", n, maxHeader))
	}
	return n, nil
}

func (d *decoder) str(field string, limit uint64) (string, error) {
	n, err := d.count(field, 1)
	if err != nil {
		return "", err
	}
	if n > limit {
		return "", d.bad(field, fmt.Sprintf("%d bytes, at most %d are allowed", n, limit))
	}
	b := make([]byte, n)
	err = d.read(field, b)
	return string(b), err
}

func (d *decoder) metadata(n uint64) (Metadata, error) {
	m := make(Metadata)
	for i := range n {
		key, err := d.str(fmt.Sprintf("key %d", i), maxKey)
		if err != nil {
			return nil, err
		}
		if key == "" || !utf8.ValidString(key) {
			return nil, d.bad(fmt.Sprintf("key %d", i), "empty or not UTF-8")
		}
		if _, dup := m[key]; dup {
			return nil, d.bad(fmt.Sprintf("key %q", key), "appears twice")
		}
		k, err := d.u32(key)
		if err != nil {
			return nil, err
		}
		if m[key], err = d.value(key, kind(k)); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (d *decoder) value(field string, k kind) (any, error) {
	if k == kindArray {
		return d.array(field)
	}
	if k == kindString {
		return d.str(field, math.MaxInt64)
	}
	n := k.size()
	if n == 0 {
		return nil, d.bad(field, fmt.Sprintf("unknown value kind %d", k))
	}
	b := d.buf[:n]
	if err := d.read(field, b); err != nil {
		return nil, err
	}
	if k == kindBool {
		if b[0] > 1 {
			return nil, d.bad(field, fmt.Sprintf("bool is %d", b[0]))
		}
		return b[0] == 1, nil
	}
	return number(k, b), nil
}

func number(k kind, b []byte) any {
	le := binary.LittleEndian
	switch k {
	case kindUint8:
		return b[0]
	case kindInt8:
		return int8(b[0])
	case kindUint16:
		return le.Uint16(b)
	case kindInt16:
		return int16(le.Uint16(b))
	case kindUint32:
		return le.Uint32(b)
	case kindInt32:
		return int32(le.Uint32(b))
	case kindFloat32:
		return math.Float32frombits(le.Uint32(b))
	case kindUint64:
		return le.Uint64(b)
	case kindInt64:
		return int64(le.Uint64(b))
	default:
		return math.Float64frombits(le.Uint64(b))
	}
}

func (d *decoder) array(field string) (any, error) {
	raw, err := d.u32(field)
	if err != nil {
		return nil, err
	}
	k := kind(raw)
	if k == kindArray {
		return nil, d.bad(field, "an array of arrays is not supported")
	}
	if k.size() == 0 {
		return nil, d.bad(field, fmt.Sprintf("unknown element kind %d", k))
	}
	n, err := d.count(field, k.size())
	if err != nil {
		return nil, err
	}
	switch k {
	case kindUint8:
		return elements[uint8](d, field, k, n)
	case kindInt8:
		return elements[int8](d, field, k, n)
	case kindUint16:
		return elements[uint16](d, field, k, n)
	case kindInt16:
		return elements[int16](d, field, k, n)
	case kindUint32:
		return elements[uint32](d, field, k, n)
	case kindInt32:
		return elements[int32](d, field, k, n)
	case kindFloat32:
		return elements[float32](d, field, k, n)
	case kindBool:
		return elements[bool](d, field, k, n)
	case kindString:
		return elements[string](d, field, k, n)
	case kindUint64:
		return elements[uint64](d, field, k, n)
	case kindInt64:
		return elements[int64](d, field, k, n)
	default:
		return elements[float64](d, field, k, n)
	}
}

func elements[T any](d *decoder, field string, k kind, n uint64) ([]T, error) {
	out := make([]T, n)
	for i := range out {
		v, err := d.value(field, k)
		if err != nil {
			return nil, err
		}
		out[i] = v.(T) // value returns the Go type of the kind, and array pairs kind and T
	}
	return out, nil
}

func (d *decoder) tensor() (Tensor, error) {
	var t Tensor
	var err error
	if t.Name, err = d.str("tensor name", maxName); err != nil {
		return t, err
	}
	if t.Name == "" || !utf8.ValidString(t.Name) {
		return t, d.bad("tensor name", "empty or not UTF-8")
	}
	field := fmt.Sprintf("tensor %q", t.Name)
	dims, err := d.u32(field)
	if err != nil {
		return t, err
	}
	if dims == 0 || dims > maxDims {
		return t, d.bad(field, fmt.Sprintf("%d dimensions, 1 to %d are allowed", dims, maxDims))
	}
	for range dims {
		v, err := d.u64(field)
		if err != nil {
			return t, err
		}
		t.Dims = append(t.Dims, v)
	}
	typ, err := d.u32(field)
	if err != nil {
		return t, err
	}
	t.Type = Type(typ)
	if elements, _ := t.Type.Block(); elements == 0 || !d.any && !t.Type.Supported() {
		return t, &UnsupportedTypeError{Tensor: t.Name, Type: t.Type}
	}
	if t.Offset, err = d.u64(field); err != nil {
		return t, err
	}
	t.Bytes, err = d.tensorBytes(field, t.Type, t.Dims)
	return t, err
}

func (d *decoder) tensorBytes(field string, t Type, dims []uint64) (uint64, error) {
	n := uint64(1)
	for _, v := range dims {
		hi, lo := bits.Mul64(n, v)
		if v == 0 || hi != 0 || lo > 8*uint64(d.size) { // no type has less than a bit for an element
			return 0, d.bad(field, fmt.Sprintf("dimensions %v are empty or larger than the file", dims))
		}
		n = lo
	}
	elements, bytes := t.Block()
	if dims[0]%elements != 0 {
		return 0, d.bad(field, fmt.Sprintf("rows of %d elements do not fill %s blocks of %d", dims[0], t, elements))
	}
	return n / elements * bytes, nil
}
