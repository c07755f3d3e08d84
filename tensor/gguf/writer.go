package gguf

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// Writer collects metadata and tensors and writes a version 3 file. Keys and tensors keep
// the order in which they were added, so that equal input gives equal bytes.
type Writer struct {
	keys    bytes.Buffer
	seen    map[string]bool
	count   uint64
	tensors []Tensor
	data    []func(io.Writer) error
	end     uint64
	err     error
}

// NewWriter starts an empty file with the default alignment of 32 bytes.
func NewWriter() *Writer { return &Writer{seen: make(map[string]bool)} }

// Set adds a metadata pair. The first mistake is kept and returned by WriteTo.
func (w *Writer) Set(key string, v any) {
	if w.err != nil {
		return
	}
	if key == "" || len(key) > maxKey || w.seen["k"+key] {
		w.err = fmt.Errorf("gguf: key %q is empty, too long or set twice", key)
		return
	}
	var body bytes.Buffer
	k, err := encode(&body, v)
	if err != nil {
		w.err = fmt.Errorf("gguf: key %q: %w", key, err)
		return
	}
	w.seen["k"+key] = true
	w.count++
	putString(&w.keys, key)
	put(&w.keys, uint32(k))
	w.keys.Write(body.Bytes())
}

// Add appends a tensor with its stored bytes; dims are innermost first.
func (w *Writer) Add(name string, t Type, dims []uint64, data []byte) {
	n := w.AddFunc(name, t, dims, func(dst io.Writer) error {
		_, err := dst.Write(data)
		return err
	})
	if w.err == nil && n != uint64(len(data)) {
		w.err = fmt.Errorf("gguf: tensor %q has %d bytes, its shape needs %d", name, len(data), n)
	}
}

// AddFunc appends a tensor whose bytes are written when the file is, so that a large file needs little memory. It returns
// how many they must be.
func (w *Writer) AddFunc(name string, t Type, dims []uint64, write func(io.Writer) error) uint64 {
	if w.err != nil {
		return 0
	}
	if len(dims) == 0 || len(dims) > maxDims || !t.Supported() {
		w.err = fmt.Errorf("gguf: tensor %q: %d dimensions of type %s cannot be written", name, len(dims), t)
		return 0
	}
	d := decoder{size: math.MaxInt64}
	n, err := d.tensorBytes(fmt.Sprintf("tensor %q", name), t, dims)
	switch {
	case name == "" || len(name) > maxName || w.seen["t"+name]:
		w.err = fmt.Errorf("gguf: tensor name %q is empty, too long or used twice", name)
	case err != nil:
		w.err = err
	}
	if w.err != nil {
		return 0
	}
	w.seen["t"+name] = true
	w.tensors = append(w.tensors, Tensor{Name: name, Type: t, Dims: dims, Offset: w.end, Bytes: n})
	w.data = append(w.data, write)
	w.end = (w.end + n + defaultAlignment - 1) / defaultAlignment * defaultAlignment
	return n
}

// AddF32 appends a float32 tensor.
func (w *Writer) AddF32(name string, dims []uint64, data []float32) {
	b := make([]byte, 0, 4*len(data))
	for _, v := range data {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	w.Add(name, F32, dims, b)
}

// WriteTo writes the file, or returns the first mistake made while it was put together.
func (w *Writer) WriteTo(dst io.Writer) (int64, error) {
	if w.err != nil {
		return 0, w.err
	}
	var h bytes.Buffer
	put(&h, uint32(Magic))
	put(&h, uint32(3))
	put(&h, uint64(len(w.tensors)))
	put(&h, w.count)
	h.Write(w.keys.Bytes())
	for _, t := range w.tensors {
		putString(&h, t.Name)
		put(&h, uint32(len(t.Dims)))
		for _, d := range t.Dims {
			put(&h, d)
		}
		put(&h, uint32(t.Type))
		put(&h, t.Offset)
	}
	pad(&h, h.Len())
	out := &counter{dst: dst}
	if _, err := h.WriteTo(out); err != nil {
		return out.n, fmt.Errorf("gguf: write: %w", err)
	}
	for i, write := range w.data {
		if err := w.body(out, w.tensors[i], write); err != nil {
			return out.n, fmt.Errorf("gguf: write tensor %q: %w", w.tensors[i].Name, err)
		}
	}
	return out.n, nil
}

func (w *Writer) body(out *counter, t Tensor, write func(io.Writer) error) error {
	before := out.n
	if err := write(out); err != nil {
		return err
	}
	if n := uint64(out.n - before); n != t.Bytes {
		return fmt.Errorf("%d bytes, its shape needs %d", n, t.Bytes)
	}
	var tail bytes.Buffer
	pad(&tail, int(t.Bytes%defaultAlignment))
	_, err := out.Write(tail.Bytes())
	return err
}

type counter struct {
	dst io.Writer
	n   int64
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.dst.Write(b)
	c.n += int64(n)
	return n, err
}

func pad(b *bytes.Buffer, n int) {
	for ; n%defaultAlignment != 0; n++ {
		b.WriteByte(0)
	}
}

// put writes a fixed-size value; a bytes.Buffer and a fixed-size value cannot fail.
func put(b *bytes.Buffer, v any) { _ = binary.Write(b, binary.LittleEndian, v) }

func putString(b *bytes.Buffer, s string) {
	put(b, uint64(len(s)))
	b.WriteString(s)
}

func encode(b *bytes.Buffer, v any) (kind, error) {
	switch v := v.(type) {
	case string:
		putString(b, v)
		return kindString, nil
	case []string:
		put(b, uint32(kindString))
		put(b, uint64(len(v)))
		for _, s := range v {
			putString(b, s)
		}
		return kindArray, nil
	case []uint8:
		return encodeArray(b, kindUint8, v)
	case []int8:
		return encodeArray(b, kindInt8, v)
	case []uint16:
		return encodeArray(b, kindUint16, v)
	case []int16:
		return encodeArray(b, kindInt16, v)
	case []uint32:
		return encodeArray(b, kindUint32, v)
	case []int32:
		return encodeArray(b, kindInt32, v)
	case []float32:
		return encodeArray(b, kindFloat32, v)
	case []bool:
		return encodeArray(b, kindBool, v)
	case []uint64:
		return encodeArray(b, kindUint64, v)
	case []int64:
		return encodeArray(b, kindInt64, v)
	case []float64:
		return encodeArray(b, kindFloat64, v)
	}
	k, ok := scalarKind(v)
	if !ok {
		return 0, fmt.Errorf("type %T has no GGUF kind", v)
	}
	put(b, v)
	return k, nil
}

func encodeArray[T any](b *bytes.Buffer, k kind, v []T) (kind, error) {
	put(b, uint32(k))
	put(b, uint64(len(v)))
	put(b, v)
	return kindArray, nil
}

func scalarKind(v any) (kind, bool) {
	switch v.(type) {
	case uint8:
		return kindUint8, true
	case int8:
		return kindInt8, true
	case uint16:
		return kindUint16, true
	case int16:
		return kindInt16, true
	case uint32:
		return kindUint32, true
	case int32:
		return kindInt32, true
	case float32:
		return kindFloat32, true
	case bool:
		return kindBool, true
	case uint64:
		return kindUint64, true
	case int64:
		return kindInt64, true
	case float64:
		return kindFloat64, true
	default:
		return 0, false
	}
}
