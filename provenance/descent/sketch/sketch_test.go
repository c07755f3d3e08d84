package sketch_test

import (
	"bytes"
	"testing"

	"ayni.example/provenance/descent/sketch"
)

// word is a small generator with a fixed start, so that every run sees the same numbers.
type word uint64

func (w *word) next() uint64 {
	*w = *w*6364136223846793005 + 1442695040888963407
	return uint64(*w >> 33)
}

func random(w *word, rows, cols uint32) sketch.Tensor {
	t := sketch.Tensor{Rows: rows, Cols: cols}
	for i := range t.Values {
		t.Values[i] = int8(w.next()%253) - 126
	}
	t.Values[w.next()%sketch.Projections] = 127
	return t
}

func TestCosine(t *testing.T) {
	w := word(7)
	a := random(&w, 2, 2)
	opposite := a
	for i, v := range a.Values {
		opposite.Values[i] = -v
	}
	if got := sketch.Cosine(&a.Values, &a.Values); got != 1000 {
		t.Errorf("with itself %d", got)
	}
	if got := sketch.Cosine(&a.Values, &opposite.Values); got != 0 {
		t.Errorf("with its opposite %d", got)
	}
	var x, y [sketch.Projections]int8
	x[0], y[0], y[1] = 127, 127, 127
	if got := sketch.Cosine(&x, &y); got != 707 {
		t.Errorf("at 45 degrees %d", got)
	}
	if got := sketch.Cosine(&x, &[sketch.Projections]int8{}); got != 0 {
		t.Errorf("with nothing %d", got)
	}
}

func TestSimilarity(t *testing.T) {
	w := word(11)
	a, b := make(sketch.Sketch, 0, sketch.MaxTensors), make(sketch.Sketch, 0, sketch.MaxTensors)
	for range sketch.MaxTensors {
		a, b = append(a, random(&w, 64, 64)), append(b, random(&w, 64, 64))
	}
	if got := sketch.Similarity(a, b); got >= 600 {
		t.Errorf("unrelated: %d", got)
	}
	turned := append(append(sketch.Sketch{}, a[8:]...), a[:8]...)
	if got := sketch.Similarity(a, turned); got != 1000 {
		t.Errorf("in another order: %d", got)
	}
	// Nine of sixteen tensors are a majority, eight are not.
	nine := append(append(sketch.Sketch{}, a[:9]...), b[9:]...)
	eight := append(append(sketch.Sketch{}, a[:8]...), b[8:]...)
	if !sketch.Alike(a, nine) || sketch.Alike(a, eight) || !sketch.Alike(nine, a) {
		t.Errorf("nine of sixteen %d, eight %d", sketch.Similarity(a, nine), sketch.Similarity(a, eight))
	}
	other := random(&w, 32, 128)
	other.Values = a[0].Values
	if got := sketch.Similarity(sketch.Sketch{other}, a); got != 0 {
		t.Errorf("of another shape: %d", got)
	}
	if got := sketch.Similarity(nil, a); got != 0 {
		t.Errorf("of nothing: %d", got)
	}
}

func TestDecode(t *testing.T) {
	w := word(3)
	s := sketch.Sketch{random(&w, 9, 9), random(&w, 8, 8)}
	raw := s.Encode()
	have, err := sketch.Decode(raw)
	if err != nil || !bytes.Equal(have.Encode(), raw) {
		t.Fatalf("%v: %v", have, err)
	}
	broken := map[string][]byte{
		"one byte":      raw[:1],
		"cut short":     raw[:len(raw)-1],
		"longer":        append(bytes.Clone(raw), 0),
		"no tensors":    {1, 0},
		"other version": append([]byte{2}, raw[1:]...),
		"other order":   sketch.Sketch{s[1], s[0]}.Encode(),
		"empty shape":   sketch.Sketch{{Rows: 0, Cols: 4, Values: s[0].Values}}.Encode(),
		"not scaled":    sketch.Sketch{{Rows: 4, Cols: 4, Values: [sketch.Projections]int8{1, 2}}}.Encode(),
		"minus 128":     sketch.Sketch{{Rows: 4, Cols: 4, Values: [sketch.Projections]int8{127, -128}}}.Encode(),
	}
	for name, b := range broken {
		if got, err := sketch.Decode(b); err == nil {
			t.Errorf("%s: took %v", name, got)
		}
	}
}

func FuzzDecode(f *testing.F) {
	w := word(5)
	f.Add(sketch.Sketch{random(&w, 9, 9), random(&w, 8, 8)}.Encode())
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, raw []byte) {
		s, err := sketch.Decode(raw)
		if err != nil {
			return
		}
		if !bytes.Equal(s.Encode(), raw) {
			t.Fatalf("%x encodes as %x", raw, s.Encode())
		}
		if len(s) > 0 && sketch.Similarity(s, s) != 1000 {
			t.Fatalf("%x has the similarity %d with itself", raw, sketch.Similarity(s, s))
		}
	})
}
