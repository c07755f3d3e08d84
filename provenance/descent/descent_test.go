package descent_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ayni.example/artifact/convert"
	"ayni.example/provenance/descent"
	"ayni.example/provenance/descent/sketch"
	"ayni.example/tensor"
	"ayni.example/tensor/gguf"
	"ayni.example/tensor/safetensors"
	"ayni.example/tensor/starter"
	"ayni.example/train"
	"ayni.example/train/recipe"
)

// golden is the SHA-256 of the starter's sketch. It may change only with the version of the format.
const golden = "105bd09199703f4850d6a2035c49abc3d60eab9694327d8f5f60cdb90b577344"

func describe(t *testing.T, raw []byte, threads int) descent.Description {
	t.Helper()
	list, err := descent.Open(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	d, err := descent.Describe(t.Context(), tensor.NewPool(threads), list)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func parse(t *testing.T, raw []byte) *gguf.File {
	t.Helper()
	f, err := gguf.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func quantise(t *testing.T, raw []byte, target string) []byte {
	t.Helper()
	m, err := convert.Quantise(parse(t, raw), target, nil)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if _, err := m.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// trained runs a recipe over a few words and gives the exported F32 model.
func trained(t *testing.T, head string) []byte {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "text"), 0o700); err != nil {
		t.Fatal(err)
	}
	for i := range 6 {
		text := strings.Repeat(fmt.Sprintf("func f%d() error { return fmt.Errorf(\"%d of %%d\", %d) }\n", i, i*i, i), 6)
		if err := os.WriteFile(filepath.Join(dir, "text", fmt.Sprintf("%d.txt", i)), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	body := head + `
data: {folder: text, include: ["*.txt"], held_out: 3}
batch: {windows: 2, length: 64}
evaluate: {every: 100, windows: 1}
`
	name := filepath.Join(dir, "recipe.yaml")
	if err := os.WriteFile(name, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := recipe.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	result, err := train.Run(t.Context(), train.Config{Recipe: r, Dir: filepath.Join(dir, "out"), Model: func(string) (*train.Source, error) {
		return &train.Source{ReaderAt: bytes.NewReader(starter.GGUF()), Size: int64(len(starter.GGUF())), Close: func() error { return nil }}, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(result.Files, func(f train.Exported) bool { return strings.HasSuffix(f.Path, "-F32.gguf") })
	raw, err := os.ReadFile(result.Files[i].Path)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// shared counts the digests that two models have in common.
func shared(a, b descent.Description) int {
	n := 0
	for _, d := range a.Digests {
		if slices.Contains(b.Digests, d) {
			n++
		}
	}
	return n
}

func TestKin(t *testing.T) {
	base := describe(t, starter.GGUF(), 1)
	if len(base.Sketch) != sketch.MaxTensors || len(base.Digests) < 40 {
		t.Fatalf("the starter has %d tensors in its sketch and %d digests", len(base.Sketch), len(base.Digests))
	}
	kin := map[string][]byte{"itself": starter.GGUF()}
	for _, target := range []string{"F32", "F16", "Q4_0", "Q4_K"} {
		kin[target] = quantise(t, starter.GGUF(), target)
	}
	kin["lora merge"] = trained(t, "name: t/lora\nmode: lora\nseed: 2\nmodel: {from: ayni/starter}\nlora: {rank: 8, alpha: 16, targets: [attn_q, attn_v, ffn_up, ffn_down]}\n"+
		"schedule: {rate: 2e-3, warm_up: 2}\nbudget: {steps: 4}\nexport: {types: [F32], merged: true}")
	kin["lora merge, Q4_0"] = quantise(t, kin["lora merge"], "Q4_0")
	kin["fine-tune"] = trained(t, "name: t/full\nmode: full\nseed: 2\nmodel: {from: ayni/starter}\n"+
		"schedule: {rate: 3e-4, warm_up: 2}\nbudget: {steps: 4}\nexport: {types: [F32]}")
	for name, raw := range kin {
		d := describe(t, raw, 2)
		t.Logf("%s: similarity %d, %d of %d digests", name, sketch.Similarity(base.Sketch, d.Sketch), shared(base, d), len(base.Digests))
		if !sketch.Alike(base.Sketch, d.Sketch) {
			t.Errorf("%s has the similarity %d with its base", name, sketch.Similarity(base.Sketch, d.Sketch))
		}
	}
	// What an adapter does not touch is unchanged in a merge, and found by digest in a copy of the same type.
	if n := shared(describe(t, kin["F32"], 1), describe(t, kin["lora merge"], 1)); n < 10 {
		t.Errorf("a merge shares %d tensors with its base", n)
	}
	const shape = "mode: pretrain\nmodel: {layers: 6, width: 192, heads: 6, kv_heads: 3, head_size: 32, inner: 512, context: 256}\ntokenizer: {from: ayni/starter}\n" +
		"schedule: {rate: 3e-3, warm_up: 2}\nbudget: {steps: 4}\nexport: {types: [F32]}\n"
	// The starter's own seed, so that even the first weights are those that it began with.
	other := describe(t, trained(t, "name: t/other\nseed: 1\n"+shape), 2)
	t.Logf("another model: similarity %d, %d digests", sketch.Similarity(base.Sketch, other.Sketch), shared(base, other))
	if sketch.Similarity(base.Sketch, other.Sketch) >= 700 || shared(base, other) != 0 {
		t.Errorf("another model has the similarity %d and shares %d tensors", sketch.Similarity(base.Sketch, other.Sketch), shared(base, other))
	}
}

func TestSameEverywhere(t *testing.T) {
	want := describe(t, starter.GGUF(), 1)
	sum := sha256.Sum256(want.Sketch.Encode())
	if have := hex.EncodeToString(sum[:]); have != golden {
		t.Errorf("the sketch of the starter is %s, want %s", have, golden)
	}
	have := describe(t, starter.GGUF(), 4)
	if !slices.Equal(want.Digests, have.Digests) || !slices.Equal(want.Sketch, have.Sketch) {
		t.Error("the number of threads changes the description")
	}
}

// TestFormats: a GGUF file and a safetensors file of the same weights have the same digests but for what the conversion reorders.
func TestFormats(t *testing.T) {
	raw := quantise(t, starter.GGUF(), "F32")
	files, err := convert.Export(parse(t, raw), nil)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(files, func(f convert.File) bool { return f.Name == "model.safetensors" })
	var out bytes.Buffer
	if err := files[i].Write(&out); err != nil {
		t.Fatal(err)
	}
	a, b := describe(t, raw, 2), describe(t, out.Bytes(), 2)
	if n := shared(a, b); n < len(a.Digests)*2/3 {
		t.Errorf("%d of %d digests are shared", n, len(a.Digests))
	}
	if s := sketch.Similarity(a.Sketch, b.Sketch); s != 1000 {
		t.Errorf("similarity %d", s)
	}
}

func TestLeftOut(t *testing.T) {
	w := safetensors.NewWriter(nil)
	ones, ramp := make([]float32, 4096), make([]float32, 4096)
	for i := range ones {
		ones[i], ramp[i] = 1, float32(i)
	}
	w.AddF32("constant", []uint64{64, 64}, ones)
	w.AddF32("vector", []uint64{4096}, ramp)
	w.AddF32("small", []uint64{16, 16}, ramp[:256])
	w.AddF32("layers.0.lora_A.weight", []uint64{64, 64}, ramp)
	w.AddF32("matrix", []uint64{32, 128}, ramp)
	var file bytes.Buffer
	if _, err := w.WriteTo(&file); err != nil {
		t.Fatal(err)
	}
	d := describe(t, file.Bytes(), 1)
	if len(d.Digests) != 1 { // the matrix and the adapter's part have equal bytes
		t.Errorf("%d digests", len(d.Digests))
	}
	if len(d.Sketch) != 1 || d.Sketch[0].Rows != 32 || d.Sketch[0].Cols != 128 {
		t.Errorf("sketch %v", d.Sketch)
	}
}

// TestTypesWithoutValues: tensors of a type that nobody here reads are known by their bytes, and there is no sketch of them.
func TestTypesWithoutValues(t *testing.T) {
	file := func(tensors ...[]byte) []byte {
		const q5k, blocks = 13, 16 // 256 elements in 176 bytes each
		var b bytes.Buffer
		word := func(values ...any) {
			for _, v := range values {
				_ = binary.Write(&b, binary.LittleEndian, v) // a buffer takes everything
			}
		}
		word(uint32(gguf.Magic), uint32(3), uint64(len(tensors)), uint64(0))
		for i := range tensors {
			word(uint64(1), []byte{byte('a' + i)}, uint32(2), uint64(256), uint64(blocks), uint32(q5k), uint64(i*blocks*176))
		}
		b.Write(make([]byte, -b.Len()&31))
		for _, data := range tensors {
			b.Write(bytes.Repeat(data, blocks*176)[:blocks*176])
		}
		return b.Bytes()
	}
	changing, same := make([]byte, 16*176), bytes.Repeat([]byte{1, 2, 3, 4}, 44)
	for i := range changing {
		changing[i] = byte(i * i >> 3)
	}
	d := describe(t, file(changing, same), 1)
	sum := sha256.Sum256(changing)
	if len(d.Digests) != 1 || [16]byte(d.Digests[0]) != [16]byte(sum[:16]) || len(d.Sketch) != 0 {
		t.Errorf("digests %x, sketch %v; want one of what is stored, none of what is the same all over, and no sketch", d.Digests, d.Sketch)
	}
	if _, err := gguf.Parse(file(changing)); err == nil {
		t.Error("whoever wants values is not told that there are none")
	}
}

func FuzzDescribe(f *testing.F) {
	w := gguf.NewWriter()
	w.AddF32("blk.0.ffn_up.weight", []uint64{32, 32}, make([]float32, 1024))
	var file bytes.Buffer
	if _, err := w.WriteTo(&file); err != nil {
		f.Fatal(err)
	}
	f.Add(file.Bytes())
	f.Add([]byte("\x40\x00\x00\x00\x00\x00\x00\x00" + `{"a":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]}}         ` + "abcd"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		list, err := descent.Open(bytes.NewReader(raw), int64(len(raw)))
		if err != nil {
			return
		}
		d, err := descent.Describe(t.Context(), tensor.NewPool(2), list)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := sketch.Decode(d.Sketch.Encode()); err != nil || !slices.Equal(again, d.Sketch) {
			t.Fatalf("%v: %v", d.Sketch, err)
		}
	})
}
