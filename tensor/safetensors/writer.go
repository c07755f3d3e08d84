package safetensors

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"sort"
	"unicode/utf8"
)

// Writer collects tensors and writes a file. Their order does not matter: wider types come first, so that every tensor is
// aligned, then names in ascending order.
type Writer struct {
	metadata map[string]string
	seen     map[string]bool
	tensors  []source
	err      error
}

// source is a tensor and what writes its bytes.
type source struct {
	Tensor
	write func(io.Writer) error
}

// NewWriter starts an empty file; metadata may be nil.
func NewWriter(metadata map[string]string) *Writer {
	return &Writer{metadata: metadata, seen: make(map[string]bool)}
}

// Add takes a tensor whose bytes are written when the file is: exactly as many as the shape asks for, little-endian. The
// first mistake is kept and returned by WriteTo.
func (w *Writer) Add(name string, d DType, shape []uint64, write func(io.Writer) error) {
	if w.err != nil {
		return
	}
	n, fits := bytesOf(d, shape)
	switch {
	case name == "" || len(name) > maxName || name == metadataKey || !utf8.ValidString(name):
		w.err = fmt.Errorf("safetensors: %q is no name for a tensor", name)
	case w.seen[name]:
		w.err = fmt.Errorf("safetensors: tensor %q is added twice", name)
	case d.Size() == 0 || len(shape) > maxDims || !fits:
		w.err = fmt.Errorf("safetensors: tensor %q: %s %v cannot be written", name, d, shape)
	default:
		w.seen[name] = true
		w.tensors = append(w.tensors, source{Tensor{Name: name, DType: d, Shape: shape, Bytes: n}, write})
	}
}

// AddF32 takes a tensor that is in memory; the caller keeps it unchanged until WriteTo.
func (w *Writer) AddF32(name string, shape []uint64, data []float32) {
	w.Add(name, F32, shape, func(dst io.Writer) error {
		const step = 1 << 14
		buf := make([]byte, 0, 4*min(step, len(data)))
		for from := 0; from < len(data); from += step {
			buf = buf[:0]
			for _, v := range data[from:min(from+step, len(data))] {
				buf = binary.LittleEndian.AppendUint32(buf, math.Float32bits(v))
			}
			if _, err := dst.Write(buf); err != nil {
				return err
			}
		}
		return nil
	})
}

// WriteTo writes the file and returns the bytes written.
func (w *Writer) WriteTo(dst io.Writer) (int64, error) {
	if w.err != nil {
		return 0, w.err
	}
	sort.Slice(w.tensors, func(i, j int) bool {
		a, b := w.tensors[i], w.tensors[j]
		if a.DType.Size() != b.DType.Size() {
			return a.DType.Size() > b.DType.Size()
		}
		return a.Name < b.Name
	})
	head, err := w.header()
	if err != nil {
		return 0, err
	}
	out := &counter{dst: dst}
	if _, err := out.Write(head); err != nil {
		return out.n, fmt.Errorf("safetensors: write: %w", err)
	}
	for _, t := range w.tensors {
		before := out.n
		if err := t.write(out); err != nil {
			return out.n, fmt.Errorf("safetensors: write tensor %q: %w", t.Name, err)
		}
		if n := uint64(out.n - before); n != t.Bytes {
			return out.n, fmt.Errorf("safetensors: tensor %q has %d bytes, its shape needs %d", t.Name, n, t.Bytes)
		}
	}
	return out.n, nil
}

// header gives the length and the JSON, padded with spaces to a multiple of 8 bytes.
func (w *Writer) header() ([]byte, error) {
	b := bytes.NewBuffer(make([]byte, 8))
	b.WriteByte('{')
	if len(w.metadata) > 0 {
		if err := member(b, metadataKey, w.metadata); err != nil {
			return nil, err
		}
	}
	var offset uint64
	for i, t := range w.tensors {
		entry := struct {
			DType   DType     `json:"dtype"`
			Shape   []uint64  `json:"shape"`
			Offsets [2]uint64 `json:"data_offsets"`
		}{t.DType, append([]uint64{}, t.Shape...), [2]uint64{offset, offset + t.Bytes}}
		w.tensors[i].Offset = offset
		offset += t.Bytes
		if err := member(b, t.Name, entry); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	for b.Len()%8 != 0 {
		b.WriteByte(' ')
	}
	n := b.Len() - 8
	if n > MaxHeader || offset > math.MaxInt64 {
		return nil, fmt.Errorf("safetensors: header of %d bytes for %d bytes of tensors is too large", n, offset)
	}
	binary.LittleEndian.PutUint64(b.Bytes(), uint64(n))
	return b.Bytes(), nil
}

// member writes a key and its value; maps come out in the order of their keys.
func member(b *bytes.Buffer, key string, value any) error {
	if b.Len() > 9 {
		b.WriteByte(',')
	}
	for i, part := range []any{key, value} {
		text, err := json.Marshal(part)
		if err != nil {
			return fmt.Errorf("safetensors: header: %w", err)
		}
		b.Write(text)
		if i == 0 {
			b.WriteByte(':')
		}
	}
	return nil
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
