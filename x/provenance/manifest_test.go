package provenance_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"ayni.example/provenance/descent/sketch"
	"ayni.example/x/provenance"
)

func digest(word string) string {
	d := sha256.Sum256([]byte(word))
	return hex.EncodeToString(d[:])
}

func manifest() provenance.Manifest {
	return provenance.Manifest{
		Kind: provenance.KindModel, Name: "tiny/wise-1:q4", Content: digest("weights"),
		Files:   []provenance.File{{Name: "b.gguf", SHA256: digest("b"), Size: 7}, {Name: "a.gguf", SHA256: digest("a"), Size: 1 << 40}},
		Parents: []provenance.Parent{{Asset: digest("z"), Relation: provenance.Finetune}, {Asset: digest("y"), Relation: provenance.TrainData}},
		Tensors: []string{digest("t2")[:32], digest("t1")[:32]},
	}
}

// TestManifest: one manifest has one encoding, whose SHA-256 is its id.
func TestManifest(t *testing.T) {
	m := manifest()
	data, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	id, err := m.ID()
	if err != nil || id != sha256.Sum256(data) {
		t.Fatalf("id %s, %v", id, err)
	}
	back, err := provenance.DecodeManifest(data)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := back.Encode(); err != nil || !bytes.Equal(again, data) {
		t.Fatalf("encodes again as %s, %v", again, err)
	}
	for _, digest := range [][]byte{back.ContentBytes(), back.Parents[0].Bytes()} {
		if len(digest) != sha256.Size {
			t.Fatalf("digest %x", digest)
		}
	}
	if !back.Has(back.ContentBytes()) || back.Has(back.Parents[0].Bytes()) {
		t.Fatal("it has another content than it says")
	}
}

// TestManifestRefuses tampers with each field, and with the encoding.
func TestManifestRefuses(t *testing.T) {
	many := func(n int) []provenance.Parent {
		list := make([]provenance.Parent, 0, n)
		for i := range n {
			list = append(list, provenance.Parent{Asset: digest(fmt.Sprint(i)), Relation: provenance.Uses})
		}
		return list
	}
	for name, change := range map[string]func(m *provenance.Manifest){
		"kind":               func(m *provenance.Manifest) { m.Kind = "virus" },
		"no name":            func(m *provenance.Manifest) { m.Name = "" },
		"hidden name":        func(m *provenance.Manifest) { m.Name = "a\u202eb" },
		"long name":          func(m *provenance.Manifest) { m.Name = strings.Repeat("a", 129) },
		"no content":         func(m *provenance.Manifest) { m.Content = "" },
		"content in capital": func(m *provenance.Manifest) { m.Content = strings.ToUpper(m.Content) },
		"content short":      func(m *provenance.Manifest) { m.Content = m.Content[2:] },
		"file twice":         func(m *provenance.Manifest) { m.Files[1].Name = m.Files[0].Name },
		"file without name":  func(m *provenance.Manifest) { m.Files[1].Name = "" },
		"file too large":     func(m *provenance.Manifest) { m.Files[0].Size = 1 << 60 },
		"file's digest":      func(m *provenance.Manifest) { m.Files[0].SHA256 = "00" },
		"parent twice":       func(m *provenance.Manifest) { m.Parents[1].Asset = m.Parents[0].Asset },
		"parent's id":        func(m *provenance.Manifest) { m.Parents[0].Asset = "zz" },
		"relation":           func(m *provenance.Manifest) { m.Parents[0].Relation = "found" },
		"17 parents":         func(m *provenance.Manifest) { m.Parents = many(17) },
		"tensor twice":       func(m *provenance.Manifest) { m.Tensors[1] = m.Tensors[0] },
		"tensor long":        func(m *provenance.Manifest) { m.Tensors[0] = digest("t") },
		"sketch":             func(m *provenance.Manifest) { m.Sketch = []byte{1, 2, 3} },
		"pool with files":    func(m *provenance.Manifest) { m.Kind = provenance.KindPool },
	} {
		m := manifest()
		change(&m)
		if data, err := m.Encode(); !errors.Is(err, provenance.ErrManifest) {
			t.Errorf("%s: %s, %v", name, data, err)
		}
	}
	good, err := manifest().Encode()
	if err != nil {
		t.Fatal(err)
	}
	text := string(good)
	for name, data := range map[string]string{
		"empty": "", "space": " " + text, "line feed": text + "\n", "unknown field": strings.Replace(text, `{"format"`, `{"x":1,"format"`, 1),
		"other format": strings.Replace(text, "ayni-asset/1", "ayni-asset/2", 1), "null": "null", "list": "[]", "twice": text + text,
		"unsorted parents": strings.Replace(text, `"parents":[`, `"parents":[{"asset":"`+strings.Repeat("f", 64)+`","relation":"uses"},`, 1),
		"too long":         strings.Replace(text, `"name":"tiny`, `"name":"`+strings.Repeat("a", provenance.ManifestMax), 1),
	} {
		if _, err := provenance.DecodeManifest([]byte(data)); !errors.Is(err, provenance.ErrManifest) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzManifest: no bytes panic, and what decodes is its own one encoding.
func FuzzManifest(f *testing.F) {
	data, err := manifest().Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	m := manifest()
	m.Sketch = sketch.Sketch{{Rows: 3, Cols: 4, Values: [sketch.Projections]int8{127}}}.Encode()
	if data, err = m.Encode(); err == nil {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := provenance.DecodeManifest(data)
		if err != nil {
			return
		}
		again, err := m.Encode()
		if err != nil || !bytes.Equal(again, data) {
			t.Fatalf("%q encodes as %q, %v", data, again, err)
		}
	})
}
