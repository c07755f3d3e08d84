package model_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ayni.example/artifact"
	"ayni.example/artifact/model"
	"ayni.example/tensor/gguf"
	"ayni.example/tensor/llama/llamatest"
)

func open(tb testing.TB, dir string) *model.Store {
	tb.Helper()
	s, err := model.New(model.Config{Dir: dir})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func name(tb testing.TB, text string) model.Name {
	tb.Helper()
	n, err := model.ParseName(text)
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

// fixture writes a model that runs.
func fixture(tb testing.TB, spec llamatest.Spec) string {
	tb.Helper()
	raw, err := llamatest.Build(spec)
	if err != nil {
		tb.Fatal(err)
	}
	return write(tb, raw)
}

func write(tb testing.TB, raw []byte) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "file.gguf")
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

func create(tb testing.TB, s *model.Store, text, file string, params ...string) model.Entry {
	tb.Helper()
	d := s.Draft()
	if err := d.Weights(tb.Context(), file); err != nil {
		tb.Fatal(err)
	}
	p, err := model.ParseParams(model.Params{}, params)
	if err != nil {
		tb.Fatal(err)
	}
	if err := errors.Join(d.Text(tb.Context(), model.TypeSystem, "Be brief."), d.Params(tb.Context(), p)); err != nil {
		tb.Fatal(err)
	}
	entry, err := d.Save(tb.Context(), name(tb, text))
	if err != nil {
		tb.Fatal(err)
	}
	return entry
}

func TestNames(t *testing.T) {
	for text, want := range map[string]string{
		"tiny": "tiny:latest", "tiny:q8": "tiny:q8", "ns/tiny": "ns/tiny:latest", "Host.Example/ns/tiny:1": "host.example/ns/tiny:1",
		"127.0.0.1:5000/ns/tiny": "127.0.0.1:5000/ns/tiny:latest", "localhost/tiny": "localhost/tiny:latest",
		"registry.ollama.ai/library/llama3.2:1b": "llama3.2:1b", "library/llama3.2:1b": "llama3.2:1b",
		"registry.ollama.ai/me/x": "me/x:latest", "[::1]:80/a/b": "[::1]:80/a/b:latest", "other.example/library/x": "other.example/library/x:latest",
	} {
		n, err := model.ParseName(text)
		if err != nil || n.String() != want {
			t.Errorf("%s is %s, %v; want %s", text, n, err, want)
		}
		if again, err := model.ParseName(n.String()); err != nil || again != n {
			t.Errorf("%s comes back as %s, %v", n, again, err)
		}
	}
	for _, text := range []string{
		"", ":", "a:", ":a", "a/", "/a", "a//b", "a/b/c", "host.x/a/b/c", "..", "../a", "a/..", "a:..", "-rf", ".a", "a b", "a\x00b", "a:b:c",
		"_/a", "é", "a\\b", "host.x/../b", "..x/a/b", strings.Repeat("a", 81), strings.Repeat("a.", 200) + "/b/c",
	} {
		if n, err := model.ParseName(text); !errors.Is(err, model.ErrName) {
			t.Errorf("%q was read as %s, %v", text, n, err)
		}
	}
	host, repository := name(t, "llama3.2:1b").Registry()
	if host != model.DefaultHost || repository != "library/llama3.2" {
		t.Errorf("llama3.2:1b comes from %s %s", host, repository)
	}
}

func TestCreateFindList(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	file := fixture(t, llamatest.Spec{Type: gguf.Q8_0, Template: "{{ messages[0].content }}"})
	entry := create(t, s, "ns/tiny:q8", file, "temperature=0.5", "stop=a", "stop=b")
	for _, other := range []*model.Store{s, open(t, dir)} {
		again, err := other.Find(name(t, "ns/tiny:q8"))
		if err != nil || again.Digest != entry.Digest {
			t.Errorf("found %+v, %v", again, err)
		}
		list, err := other.List()
		if err != nil || len(list) != 1 || list[0].Name.String() != "ns/tiny:q8" {
			t.Errorf("the list is %+v, %v", list, err)
		}
	}
	about, err := s.About(entry.Manifest)
	if err != nil || about.Architecture != "llama" || about.Quantisation != "Q8_0" || about.Context != 128 || about.Problem != "" ||
		about.Template == "" || about.Parameters == 0 {
		t.Errorf("described as %+v, %v", about, err)
	}
	settings, err := s.Settings(entry.Manifest)
	if err != nil || settings.System != "Be brief." || *settings.Params.Temperature != 0.5 || len(settings.Params.Stop) != 2 {
		t.Errorf("settings %+v, %v", settings, err)
	}
	if twin := create(t, open(t, t.TempDir()), "other", file, "temperature=0.5", "stop=a", "stop=b"); twin.Digest != entry.Digest {
		t.Error("equal layers give another manifest")
	}
	if _, err := s.Find(name(t, "ns/tiny")); !errors.Is(err, model.ErrNotFound) {
		t.Errorf("another tag: %v", err)
	}
}

func TestFilesThatAreNoModelsAreRefused(t *testing.T) {
	s := open(t, t.TempDir())
	whole, err := os.ReadFile(fixture(t, llamatest.Spec{}))
	if err != nil {
		t.Fatal(err)
	}
	for what, raw := range map[string][]byte{"text": []byte("hello, this is a text"), "empty": nil, "cut": whole[:len(whole)-1], "header": whole[:100]} {
		if err := s.Draft().Weights(t.Context(), write(t, raw)); err == nil {
			t.Errorf("%s was taken", what)
		}
	}
	if err := s.Draft().Weights(t.Context(), t.TempDir()); err == nil {
		t.Error("a folder was taken")
	}
	if blobs, err := s.Blobs().List(); err != nil || len(blobs) != 0 {
		t.Errorf("%d blobs were kept, %v", len(blobs), err)
	}
}

// TestWhatTheEngineCannotRunIsKeptAndNamed stores a model of another architecture.
func TestWhatTheEngineCannotRunIsKeptAndNamed(t *testing.T) {
	s := open(t, t.TempDir())
	w := gguf.NewWriter()
	w.Set("general.architecture", "mamba")
	w.Set("mamba.context_length", uint32(77))
	w.AddF32("a", []uint64{1}, []float32{1})
	var out bytes.Buffer
	if _, err := w.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	about, err := s.About(create(t, s, "mamba", write(t, out.Bytes())).Manifest)
	if err != nil || !strings.Contains(about.Problem, "mamba") || about.Context != 77 || about.Quantisation != "F32" {
		t.Errorf("described as %+v, %v", about, err)
	}
	// The same file with a tensor of a type that is not read here.
	b := out.Bytes()
	b[bytes.LastIndex(b, []byte("\x01\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00"))+12] = 6
	about, err = s.About(create(t, s, "exotic", write(t, b)).Manifest)
	if err != nil || !strings.Contains(about.Problem, "Q5_0") || about.Architecture != "mamba" {
		t.Errorf("described as %+v, %v", about, err)
	}
}

func TestRemoveKeepsWhatOthersNeed(t *testing.T) {
	s := open(t, t.TempDir())
	file := fixture(t, llamatest.Spec{})
	one, two := create(t, s, "one", file, "top_k=1"), create(t, s, "ns/two", file, "top_k=2")
	weights, _ := one.Manifest.Layer(model.TypeWeights)
	// What only the first needs: its parameters and the list of its layers.
	freed, deferred, err := s.Remove(t.Context(), one.Name)
	if err != nil || deferred || len(freed) != 2 {
		t.Errorf("removing one freed %+v, %v, %v", freed, deferred, err)
	}
	if err := s.Blobs().Verify(t.Context(), weights.Digest); err != nil {
		t.Errorf("the shared weights: %v", err)
	}
	release, err := s.Blobs().Hold(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if freed, deferred, err = s.Remove(t.Context(), two.Name); err != nil || !deferred || len(freed) != 0 {
		t.Errorf("during a write: freed %+v, %v, %v", freed, deferred, err)
	}
	release()
	if freed, _, err = s.Collect(t.Context()); err != nil || len(freed) != 4 {
		t.Errorf("afterwards: freed %+v, %v", freed, err)
	}
	if _, _, err := s.Remove(t.Context(), one.Name); !errors.Is(err, model.ErrNotFound) {
		t.Errorf("removed twice: %v", err)
	}
}

// TestDamagedManifestFreesNothing damages one of two: the other works, and no blob is deleted, as nobody knows what the
// damaged one needs.
func TestDamagedManifestFreesNothing(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	file := fixture(t, llamatest.Spec{})
	create(t, s, "one", file)
	create(t, s, "two", file, "top_k=2")
	if err := os.WriteFile(filepath.Join(dir, "manifests", "_", "_", "one", "latest"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	list, err := s.List()
	if err == nil || !strings.Contains(err.Error(), "one:latest") || len(list) != 1 || list[0].Name.Model != "two" {
		t.Errorf("the list is %+v, %v", list, err)
	}
	before, _ := s.Blobs().List()
	if _, _, err := s.Remove(t.Context(), name(t, "two")); err == nil {
		t.Error("collection says nothing of the damage")
	}
	if after, _ := s.Blobs().List(); len(after) != len(before) {
		t.Errorf("%d of %d blobs are left", len(after), len(before))
	}
	// Removing the damaged one mends the store.
	if freed, _, err := s.Remove(t.Context(), name(t, "one")); err != nil || len(freed) != len(before) {
		t.Errorf("freed %d of %d, %v", len(freed), len(before), err)
	}
}

func TestSaveWantsItsBlobs(t *testing.T) {
	s := open(t, t.TempDir())
	entry := create(t, s, "one", fixture(t, llamatest.Spec{}))
	m := entry.Manifest
	for what, change := range map[string]func(*model.Manifest){
		"absent": func(m *model.Manifest) { m.Layers[1].Digest = artifact.DigestOf([]byte("x")) },
		"size":   func(m *model.Manifest) { m.Layers[1].Size++ },
	} {
		other := m
		other.Layers = append([]model.Layer{}, m.Layers...)
		change(&other)
		raw, err := json.Marshal(other)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Save(name(t, "two"), raw); err == nil {
			t.Errorf("%s: a manifest without its blob was saved", what)
		}
	}
}

func TestParams(t *testing.T) {
	base, err := model.ParseParams(model.Params{}, []string{"temperature=0.2", "seed=7", "stop=x"})
	if err != nil {
		t.Fatal(err)
	}
	over, err := model.ParseParams(base, []string{"temperature=0", "stop=a=b", "stop= "})
	if err != nil || *over.Temperature != 0 || *over.Seed != 7 || strings.Join(over.Stop, "|") != "a=b| " {
		t.Errorf("%+v, %v", over, err)
	}
	for _, pair := range []string{"temperature", "temperature=hot", "temperature=-1", "top_p=2", "warmth=1", "top_k=1.5", "stop=", "min_p=NaN"} {
		if p, err := model.ParseParams(model.Params{}, []string{pair}); err == nil {
			t.Errorf("%s was read as %+v", pair, p)
		}
	}
}

// FuzzParseManifest never panics, and what it takes has weights and proper digests.
func FuzzParseManifest(f *testing.F) {
	d := artifact.DigestOf(nil)
	raw, err := json.Marshal(model.Manifest{
		SchemaVersion: 2, MediaType: model.TypeManifest, Config: model.Layer{MediaType: model.TypeConfig, Digest: d},
		Layers: []model.Layer{{MediaType: model.TypeWeights, Digest: d}},
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add([]byte(`{"schemaVersion":2,"layers":[{"mediaType":"` + model.TypeWeights + `","digest":"` + string(d) + `","size":-1}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := model.ParseManifest(raw)
		if err != nil {
			return
		}
		if _, ok := m.Layer(model.TypeWeights); !ok {
			t.Error("no weights")
		}
		for _, l := range m.Blobs() {
			if d, err := artifact.ParseDigest(string(l.Digest)); err != nil || d != l.Digest || l.Size < 0 {
				t.Errorf("layer %+v", l)
			}
		}
	})
}

// FuzzParseName reads no name that leads out of the folder or that it does not read back.
func FuzzParseName(f *testing.F) {
	for _, text := range []string{"a", "a/b:c", "host:1/a/b:c", "../x", "[::1]:1/a/b"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, err := model.ParseName(text)
		if err != nil {
			return
		}
		for _, part := range []string{n.Host, n.Namespace, n.Model, n.Tag} {
			if part == ".." || strings.ContainsAny(part, "/\\\x00") {
				t.Errorf("%q has the part %q", text, part)
			}
		}
		if again, err := model.ParseName(n.String()); err != nil || again != n {
			t.Errorf("%q is %q, then %q, %v", text, n, again, err)
		}
	})
}
