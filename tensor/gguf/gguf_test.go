package gguf_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"reflect"
	"strings"
	"testing"

	"ayni.example/tensor/gguf"
)

func sample(tb testing.TB) []byte {
	tb.Helper()
	w := gguf.NewWriter()
	for _, v := range values() {
		w.Set(v.key, v.value)
	}
	w.AddF32("a", []uint64{3}, []float32{1, 2, 3})
	w.Add("b", gguf.F16, []uint64{2, 2}, make([]byte, 8))
	w.Add("c", gguf.Q8_0, []uint64{32, 2}, bytes.Repeat([]byte{7}, 68))
	var b bytes.Buffer
	if _, err := w.WriteTo(&b); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

type pair struct {
	key   string
	value any
}

func values() []pair {
	return []pair{
		{"u8", uint8(1)},
		{"i8", int8(-1)},
		{"u16", uint16(2)},
		{"i16", int16(-2)},
		{"u32", uint32(3)},
		{"i32", int32(-3)},
		{"u64", uint64(4)},
		{"i64", int64(-4)},
		{"f32", float32(1.5)},
		{"f64", 2.5},
		{"yes", true},
		{"no", false},
		{"text", "words"},
		{"au8", []uint8{1, 2}},
		{"ai8", []int8{-1}},
		{"au16", []uint16{5}},
		{"ai16", []int16{-5}},
		{"au32", []uint32{6, 7}},
		{"ai32", []int32{-6}},
		{"au64", []uint64{8}},
		{"ai64", []int64{-8}},
		{"af32", []float32{0.5}},
		{"af64", []float64{0.25}},
		{"ab", []bool{true, false}},
		{"as", []string{"", "x", "long"}},
	}
}

func TestWriterToReader(t *testing.T) {
	raw := sample(t)
	f, err := gguf.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range values() {
		if !reflect.DeepEqual(f.Metadata[v.key], v.value) {
			t.Errorf("%s: %#v, want %#v", v.key, f.Metadata[v.key], v.value)
		}
	}
	if f.Digest != sha256.Sum256(raw) || f.Size != int64(len(raw)) || f.Version != 3 || len(f.Tensors) != 3 {
		t.Errorf("file %+v", f)
	}
	a, _ := f.Tensor("a")
	data, err := f.Data(a)
	if err != nil || math.Float32frombits(binary.LittleEndian.Uint32(data[8:])) != 3 {
		t.Errorf("tensor a: %v, %v", data, err)
	}
	c, ok := f.Tensor("c")
	if data, err = f.Data(c); !ok || err != nil || !bytes.Equal(data, bytes.Repeat([]byte{7}, 68)) || c.Elements() != 64 {
		t.Errorf("tensor c: %v, %v", c, err)
	}
	if _, ok := f.Tensor("d"); ok {
		t.Error("found a tensor that is not there")
	}
}

func TestTypedAccess(t *testing.T) {
	m := gguf.Metadata{"n": int32(5), "neg": int8(-1), "f": float32(2), "d": 1e300, "s": "x", "u": []uint32{1, math.MaxUint32}}
	if v, err := m.Uint("n"); v != 5 || err != nil {
		t.Errorf("n: %v, %v", v, err)
	}
	if v, err := m.UintOr("none", 9); v != 9 || err != nil {
		t.Errorf("none: %v, %v", v, err)
	}
	var key *gguf.KeyError
	for name, read := range map[string]func() error{
		"missing":   func() error { _, err := m.Uint("none"); return err },
		"negative":  func() error { _, err := m.Uint("neg"); return err },
		"too large": func() error { _, err := m.Float("d"); return err },
		"wrong":     func() error { _, err := m.String("n"); return err },
		"elements":  func() error { _, err := m.Ints("u"); return err },
		"strings":   func() error { _, err := m.Strings("s"); return err },
		"bool":      func() error { _, err := m.BoolOr("s", true); return err },
	} {
		if err := read(); !errors.As(err, &key) || key.Missing() != (name == "missing") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// head builds a file from a header and loose parts.
func head(version uint32, tensors, keys uint64, parts ...any) []byte {
	var b bytes.Buffer
	for _, p := range append([]any{uint32(gguf.Magic), version, tensors, keys}, parts...) {
		if s, ok := p.(string); ok {
			_ = binary.Write(&b, binary.LittleEndian, uint64(len(s)))
			b.WriteString(s)
			continue
		}
		_ = binary.Write(&b, binary.LittleEndian, p)
	}
	b.Write(make([]byte, 256))
	return b.Bytes()
}

func TestMalformedFilesAreNamed(t *testing.T) {
	huge := uint64(math.MaxUint64)
	cases := []struct {
		name string
		raw  []byte
		want string
	}{
		{"empty", nil, "the file ends here"},
		{"magic", []byte("ELF and more bytes that follow"), "is not GGUF"},
		{"version 1", head(1, 0, 0), "version 1"},
		{"big endian", head(3<<24, 0, 0), "big-endian"},
		{"tensor count", head(3, huge, 0), "items cannot fit"},
		{"key count", head(3, 0, huge), "items cannot fit"},
		{"key length", head(3, 0, 1, huge), "items cannot fit"},
		{"key not utf-8", head(3, 0, 1, "\xff", uint32(0), uint8(1)), "not UTF-8"},
		{"key twice", head(3, 0, 2, "k", uint32(0), uint8(1), "k", uint32(0), uint8(1)), "appears twice"},
		{"kind", head(3, 0, 1, "k", uint32(99)), "unknown value kind 99"},
		{"bool", head(3, 0, 1, "k", uint32(7), uint8(2)), "bool is 2"},
		{"array length", head(3, 0, 1, "k", uint32(9), uint32(8), huge), "items cannot fit"},
		{"array kind", head(3, 0, 1, "k", uint32(9), uint32(77), uint64(1)), "unknown element kind"},
		{"array of arrays", head(3, 0, 1, "k", uint32(9), uint32(9), uint64(1)), "array of arrays"},
		{"no dimensions", head(3, 1, 0, "t", uint32(0), uint32(0), uint64(0)), "0 dimensions"},
		{"five dimensions", head(3, 1, 0, "t", uint32(5)), "5 dimensions"},
		{"empty tensor", head(3, 1, 0, "t", uint32(1), uint64(0), uint32(0), uint64(0)), "empty or larger"},
		{"overflow", head(3, 1, 0, "t", uint32(2), uint64(1<<40), uint64(1<<40), uint32(0), uint64(0)), "empty or larger"},
		{"outside", head(3, 1, 0, "t", uint32(1), uint64(100), uint32(0), uint64(0)), "outside the file"},
		{"far offset", head(3, 1, 0, "t", uint32(1), uint64(1), uint32(0), huge-31), "outside the file"},
		{"unaligned", head(3, 1, 0, "t", uint32(1), uint64(1), uint32(0), uint64(1)), "not a multiple of 32"},
		{"overlap", head(3, 2, 0, "t", uint32(1), uint64(9), uint32(0), uint64(0), "u", uint32(1), uint64(1), uint32(0), uint64(32)), "overlaps"},
		{"name twice", head(3, 2, 0, "t", uint32(1), uint64(1), uint32(0), uint64(0), "t", uint32(1), uint64(1), uint32(0), uint64(32)), "appears twice"},
		{"partial block", head(3, 1, 0, "t", uint32(1), uint64(33), uint32(8), uint64(0)), "blocks of 32"},
		{"alignment", head(3, 0, 1, "general.alignment", uint32(4), uint32(24)), "power of two"},
		{"long name", head(3, 1, 0, strings.Repeat("n", 65)), "at most 64"},
	}
	for _, c := range cases {
		_, err := gguf.Parse(c.raw)
		var format *gguf.FormatError
		if !errors.As(err, &format) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	_, err := gguf.Parse(head(3, 1, 0, "blk.0.w", uint32(1), uint64(256), uint32(10), uint64(0)))
	var unsupported *gguf.UnsupportedTypeError
	if !errors.As(err, &unsupported) || unsupported.Tensor != "blk.0.w" || unsupported.Type.String() != "Q2_K" {
		t.Errorf("K-quant: %v", err)
	}
}

func TestEveryCutIsRefused(t *testing.T) {
	raw := sample(t)
	end := len(raw) - 28 // the last tensor has 68 bytes and 28 of padding
	for n := range end {
		if _, err := gguf.Parse(raw[:n]); err == nil {
			t.Fatalf("accepted the first %d of %d bytes", n, len(raw))
		}
	}
	if _, err := gguf.Parse(raw[:end]); err != nil {
		t.Errorf("refused a file without its last padding: %v", err)
	}
}

func TestWriterRefusesMistakes(t *testing.T) {
	for name, write := range map[string]func(*gguf.Writer){
		"empty key": func(w *gguf.Writer) { w.Set("", true) },
		"key twice": func(w *gguf.Writer) { w.Set("k", true); w.Set("k", true) },
		"type":      func(w *gguf.Writer) { w.Set("k", struct{}{}) },
		"bytes":     func(w *gguf.Writer) { w.Add("t", gguf.F32, []uint64{2}, make([]byte, 4)) },
		"no dims":   func(w *gguf.Writer) { w.Add("t", gguf.F32, nil, nil) },
		"name twice": func(w *gguf.Writer) {
			w.AddF32("t", []uint64{1}, []float32{1})
			w.AddF32("t", []uint64{1}, []float32{1})
		},
		"quant": func(w *gguf.Writer) { w.Add("t", 12, []uint64{256}, nil) },
	} {
		w := gguf.NewWriter()
		write(w)
		if _, err := w.WriteTo(io.Discard); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func FuzzReader(f *testing.F) {
	raw := sample(f)
	f.Add(raw)
	f.Add(raw[:len(raw)/2])
	f.Add(head(2, 1, 1, "general.alignment", uint32(4), uint32(64), "t", uint32(2), uint64(4), uint64(2), uint32(0), uint64(64)))
	f.Add(head(3, 1, 0, "t", uint32(1), uint64(32), uint32(8), uint64(0)))
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := gguf.Parse(b)
		if err != nil {
			return
		}
		w := gguf.NewWriter()
		for k, v := range file.Metadata {
			if k != "general.alignment" {
				w.Set(k, v)
			}
		}
		for _, tensor := range file.Tensors {
			data, err := file.Data(tensor)
			if err != nil {
				t.Fatal(err)
			}
			w.Add(tensor.Name, tensor.Type, tensor.Dims, data)
		}
		var out bytes.Buffer
		if _, err := w.WriteTo(&out); err != nil {
			t.Fatal(err)
		}
		again, err := gguf.Parse(out.Bytes())
		if err != nil || len(again.Tensors) != len(file.Tensors) {
			t.Fatalf("written file: %v", err)
		}
	})
}
