package gguf_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"ayni.example/tensor/gguf"
)

func TestTensorsAreStreamed(t *testing.T) {
	build := func(text string) (bytes.Buffer, error) {
		w := gguf.NewWriter()
		w.Set("general.architecture", "test")
		if n := w.AddFunc("a", gguf.F16, []uint64{3}, func(dst io.Writer) error { _, err := io.WriteString(dst, text); return err }); n != 6 {
			t.Errorf("the tensor wants %d bytes", n)
		}
		w.AddF32("b", []uint64{1}, []float32{1})
		var out bytes.Buffer
		_, err := w.WriteTo(&out)
		return out, err
	}
	out, err := build("123456")
	if err != nil {
		t.Fatal(err)
	}
	digest := [32]byte{7}
	f, err := gguf.ReadKnown(bytes.NewReader(out.Bytes()), int64(out.Len()), digest)
	if err != nil || f.Digest != digest {
		t.Fatalf("digest %x, %v", f.Digest, err)
	}
	a, _ := f.Tensor("a")
	if got, err := io.ReadAll(f.Reader(a)); err != nil || string(got) != "123456" {
		t.Errorf("streamed %q, %v", got, err)
	}
	for _, text := range []string{"12345", "1234567"} {
		if _, err := build(text); err == nil || !strings.Contains(err.Error(), "its shape needs 6") {
			t.Errorf("%d bytes: %v", len(text), err)
		}
	}
}

func TestMetadataIsReadWhateverTheTensorsAre(t *testing.T) {
	w := gguf.NewWriter()
	w.Set("general.architecture", "test")
	w.AddF32("a", []uint64{1}, []float32{1})
	var out bytes.Buffer
	if _, err := w.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	// The type of the only tensor follows its name and its dimension.
	b := out.Bytes()
	at := bytes.LastIndex(b, []byte("\x01\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00")) + 12
	b[at] = 6
	if _, err := gguf.Parse(b); err == nil {
		t.Fatal("the type was not changed")
	}
	m, err := gguf.ReadMetadata(bytes.NewReader(b), int64(len(b)))
	if name, nameErr := m.String("general.architecture"); err != nil || nameErr != nil || name != "test" {
		t.Errorf("metadata %v, %v", m, err)
	}
	if _, err := gguf.ReadMetadata(bytes.NewReader(b[:20]), 20); err == nil {
		t.Error("half a header was read")
	}
}

// long is a file whose beginning alone is not zero.
type long []byte

func (l long) ReadAt(b []byte, at int64) (int, error) {
	clear(b)
	if at < int64(len(l)) {
		copy(b, l[at:])
	}
	return len(b), nil
}

// TestDirectoryOfALargeFileIsBounded has files of a terabyte, in which everything would fit that their directories claim.
func TestDirectoryOfALargeFileIsBounded(t *testing.T) {
	for name, raw := range map[string][]byte{
		"keys":    head(3, 0, 1<<17),
		"tensors": head(3, 1<<17, 0),
		"array":   head(3, 0, 1, "k", uint32(9), uint32(8), uint64(1<<30)),
		"text":    head(3, 0, 1, "k", uint32(8), uint64(1<<30)),
	} {
		if _, err := gguf.ReadKnown(long(raw), 1<<40, [32]byte{}); err == nil || !strings.Contains(err.Error(), "at most") && !strings.Contains(err.Error(), "more than") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
