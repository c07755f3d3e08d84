package safetensors_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"

	"ayni.example/tensor/safetensors"
)

func file(header, data string) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), data...)
}

func read(b []byte) (*safetensors.File, error) {
	return safetensors.Read(bytes.NewReader(b), int64(len(b)))
}

func raw(text string) func(io.Writer) error {
	return func(w io.Writer) error { _, err := io.WriteString(w, text); return err }
}

func sample(tb testing.TB, order ...int) []byte {
	tb.Helper()
	w := safetensors.NewWriter(map[string]string{"format": "pt", "a": "b"})
	add := []func(){
		func() { w.AddF32("b.weight", []uint64{2, 3}, []float32{1, -2, 3.5, 0, float32(math.Inf(1)), 1e-40}) },
		func() { w.Add("half", safetensors.F16, []uint64{2}, raw("\x00\x3c\x01\x00")) },
		func() { w.Add("brain", safetensors.BF16, []uint64{2}, raw("\x80\x3f\x20\xc0")) },
		func() { w.Add("int8", safetensors.I8, []uint64{3}, raw("\x01\xff\x7f")) },
		func() { w.AddF32("scalar", nil, []float32{7}) },
		func() { w.AddF32("empty", []uint64{0, 4}, nil) },
	}
	for _, i := range order {
		add[i]()
	}
	var out bytes.Buffer
	n, err := w.WriteTo(&out)
	if err != nil || n != int64(out.Len()) {
		tb.Fatalf("wrote %d of %d bytes: %v", n, out.Len(), err)
	}
	return out.Bytes()
}

func TestRoundTrip(t *testing.T) {
	b := sample(t, 0, 1, 2, 3, 4, 5)
	if !bytes.Equal(b, sample(t, 5, 3, 1, 4, 2, 0)) {
		t.Error("the bytes depend on the order in which tensors were added")
	}
	f, err := read(b)
	if err != nil {
		t.Fatal(err)
	}
	if f.Metadata["format"] != "pt" || len(f.Metadata) != 2 || len(f.Tensors) != 6 {
		t.Fatalf("read %v and %d tensors", f.Metadata, len(f.Tensors))
	}
	for name, want := range map[string][]float32{
		"b.weight": {1, -2, 3.5, 0, float32(math.Inf(1)), 1e-40}, "half": {1, 0x1p-24}, "brain": {1, -2.5}, "scalar": {7}, "empty": {},
	} {
		e, ok := f.Tensor(name)
		if !ok || e.Elements() != uint64(len(want)) {
			t.Fatalf("%s: found %v, %d elements", name, ok, e.Elements())
		}
		got := make([]float32, len(want))
		if err := f.Floats(got, e, 0); err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %v, %v, want %v", name, got, err, want)
		}
		if e.Offset%e.DType.Size() != 0 {
			t.Errorf("%s lies at %d", name, e.Offset)
		}
	}
	wide, _ := f.Tensor("b.weight")
	part := make([]float32, 2)
	if err := f.Floats(part, wide, 2); err != nil || part[0] != 3.5 || part[1] != 0 {
		t.Errorf("a part is %v, %v", part, err)
	}
	if err := f.Floats(part, wide, 5); err == nil {
		t.Error("elements behind the end were read")
	}
	bytesOf, _ := f.Tensor("int8")
	if err := f.Floats(part, bytesOf, 0); err == nil {
		t.Error("I8 was read as floats")
	}
	if got, err := f.Data(bytesOf); err != nil || string(got) != "\x01\xff\x7f" {
		t.Errorf("data %q, %v", got, err)
	}
	if got, err := io.ReadAll(f.Reader(bytesOf)); err != nil || string(got) != "\x01\xff\x7f" {
		t.Errorf("stream %q, %v", got, err)
	}
}

func TestRefused(t *testing.T) {
	const one = `{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`
	if _, err := read(file(one+"  ", "1234")); err != nil {
		t.Fatalf("the file that others vary: %v", err)
	}
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"empty":            {nil, "has none"},
		"pickle":           {[]byte("\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M"), "want 2 to"},
		"header too long":  {binary.LittleEndian.AppendUint64(nil, 1<<40)[:8:8], "has none"},
		"header over file": {append(binary.LittleEndian.AppendUint64(nil, 1000), "{}"...), "1000 bytes, the file has 10"},
		"header over cap":  {append(binary.LittleEndian.AppendUint64(nil, safetensors.MaxHeader+1), "{}"...), "want 2 to"},
		"not an object":    {file(` {}`, ""), "no JSON object"},
		"array":            {file(`[]`, ""), "no JSON object"},
		"not UTF-8":        {file("{\"\xff\":1}", ""), "no JSON object"},
		"cut JSON":         {file(`{"a":{"dtype":"F32"`, ""), "ends early"},
		"more JSON":        {file(one+`{}`, "1234"), "follow"},
		"newline":          {file(one+"\n", "1234"), "follow"},
		"duplicate name":   {file(`{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}`, ""), "twice"},
		"duplicate field":  {file(`{"a":{"dtype":"F32","dtype":"F16","shape":[0],"data_offsets":[0,0]}}`, ""), "twice"},
		"duplicate meta":   {file(`{"__metadata__":{"a":"b","a":"c"}}`, ""), "twice"},
		"meta of numbers":  {file(`{"__metadata__":{"a":1}}`, ""), "want a string"},
		"unknown field":    {file(`{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0],"x":1}}`, ""), "unknown field"},
		"unknown type":     {file(`{"a":{"dtype":"F31","shape":[0],"data_offsets":[0,0]}}`, ""), "unknown dtype"},
		"missing shape":    {file(`{"a":{"dtype":"F32","data_offsets":[0,4]}}`, "1234"), "missing"},
		"three offsets":    {file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}}`, "1234"), "more than 2"},
		"nameless":         {file(`{"":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}`, ""), "name has 0"},
		"negative":         {file(`{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}`, "1234"), "no size"},
		"fraction":         {file(`{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}`, "1234"), "no size"},
		"string size":      {file(`{"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}`, "1234"), "no size"},
		"too many dims":    {file(`{"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}}`, "1234"), "more than 16"},
		"shape overflow":   {file(`{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}`, ""), "too large"},
		"wrap to zero":     {file(`{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}`, ""), "too large"},
		"size mismatch":    {file(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}`, "1234"), "do not hold"},
		"backwards":        {file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}`, "1234"), "do not hold"},
		"gap":              {file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`, "12345678"), "belong to no tensor"},
		"overlap":          {file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}`, "123456"), "overlaps"},
		"data short":       {file(one, "123"), "the file has 3"},
		"data long":        {file(one, "12345"), "the file has 5"},
		"deep":             {file(`{"a":`+strings.Repeat(`[`, 100_000), ""), "want {"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := read(c.file)
			var format *safetensors.FormatError
			if !errors.As(err, &format) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v, want %q", err, c.want)
			}
		})
	}
}

func TestWriterRefuses(t *testing.T) {
	for name, add := range map[string]func(w *safetensors.Writer){
		"twice":     func(w *safetensors.Writer) { w.AddF32("a", nil, []float32{1}); w.AddF32("a", nil, []float32{1}) },
		"nameless":  func(w *safetensors.Writer) { w.AddF32("", nil, []float32{1}) },
		"metadata":  func(w *safetensors.Writer) { w.AddF32("__metadata__", nil, []float32{1}) },
		"type":      func(w *safetensors.Writer) { w.Add("a", "X", nil, raw("")) },
		"too short": func(w *safetensors.Writer) { w.AddF32("a", []uint64{2}, []float32{1}) },
		"too long":  func(w *safetensors.Writer) { w.Add("a", safetensors.I8, []uint64{1}, raw("12")) },
		"overflow":  func(w *safetensors.Writer) { w.AddF32("a", []uint64{1 << 40, 1 << 40}, nil) },
		"own error": func(w *safetensors.Writer) {
			w.Add("a", safetensors.I8, []uint64{1}, func(io.Writer) error { return io.ErrClosedPipe })
		},
	} {
		w := safetensors.NewWriter(nil)
		add(w)
		if _, err := w.WriteTo(io.Discard); err == nil {
			t.Errorf("%s was written", name)
		}
	}
}

// FuzzRead takes no file that it cannot write back with the same tensors, and never panics.
func FuzzRead(f *testing.F) {
	f.Add(sample(f, 0, 1, 2, 3, 4, 5))
	f.Add(file(`{}`, ""))
	f.Add(file(`{"__metadata__":{},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, "1234"))
	f.Fuzz(func(t *testing.T, b []byte) {
		parsed, err := read(b)
		if err != nil {
			return
		}
		w := safetensors.NewWriter(parsed.Metadata)
		for _, e := range parsed.Tensors {
			w.Add(e.Name, e.DType, e.Shape, func(dst io.Writer) error { _, err := io.Copy(dst, parsed.Reader(e)); return err })
		}
		var out bytes.Buffer
		if _, err := w.WriteTo(&out); err != nil {
			t.Fatalf("a file that was read is not written: %v", err)
		}
		again, err := read(out.Bytes())
		if err != nil || len(again.Tensors) != len(parsed.Tensors) {
			t.Fatalf("what was written is not read: %v", err)
		}
		for _, e := range parsed.Tensors {
			other, ok := again.Tensor(e.Name)
			have, err := again.Data(other)
			want, _ := parsed.Data(e)
			if !ok || err != nil || !bytes.Equal(have, want) {
				t.Fatalf("tensor %q changed: %v", e.Name, err)
			}
		}
	})
}
