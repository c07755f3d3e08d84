package pool_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ayni.example/provenance/pool"
	"ayni.example/tensor/starter"
	"ayni.example/train"
)

const people = `{"format":"jsonl","text":["question","answer"],"record":{"type":"object","required":["question","answer"],"additionalProperties":false,
"properties":{"question":{"type":"string","minLength":3},"answer":{"type":"string"},"age":{"type":"integer","minimum":0}}}}`

func schema(tb testing.TB, text string) *pool.Schema {
	tb.Helper()
	s, err := pool.ParseSchema([]byte(text))
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func TestSchema(t *testing.T) {
	s := schema(t, people)
	good := "{\"question\":\"why?\",\"answer\":\"so\"}\n\n{\"question\":\"who?\",\"answer\":\"me\",\"age\":3}\n"
	documents, err := s.Read([]byte(good))
	if err != nil || len(documents) != 2 || documents[1] != "who?\nme" {
		t.Fatalf("%q %v", documents, err)
	}
	for bad, want := range map[string]string{
		`{"question":"why?"}`:                                    "line 1: /: missing property 'answer'",
		good + `{"question":"why?","answer":"so","age":"x"}`:     "line 4: /age: got string, want integer",
		`{"question":"why?","answer":"so","mail":"a@b.example"}`: "additional properties 'mail' not allowed",
		`{"question":"?","answer":""}`:                           "line 1: /question: minLength",
		"{":                                                      "line 1: no JSON",
		"\n\n":                                                   "no records",
		`{"question":"why?","answer":"\u0000"}`:                  "line 1: no text in UTF-8",
		strings.Repeat(`{"question":"why?","answer":""}`+"\n", 100_001): "more than 100000 records",
	} {
		if _, err := s.Read([]byte(bad)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", bad, err, want)
		}
	}
	whole := schema(t, `{"format":"jsonl","record":{"type":"object"}}`)
	if _, err := whole.Read([]byte("{\"a\":\"\xff\"}")); err == nil || !strings.Contains(err.Error(), "UTF-8") {
		t.Error("a record with bytes that are no text: ", err)
	}
	text := schema(t, `{"format":"text"}`)
	if _, err := text.Read([]byte{0xff, 'a'}); err == nil {
		t.Error("bytes that are no text are accepted")
	}
}

func TestSchemaRefused(t *testing.T) {
	for _, bad := range []string{
		"", "{}", `{"format":"csv"}`, `{"format":"jsonl"}`, `{"format":"text","record":{}}`, `{"format":"text","extra":1}`,
		`{"format":"jsonl","record":{"type":"nothing"}}`,
		`{"format":"jsonl","record":{"$ref":"file:///etc/passwd"}}`,
		`{"format":"jsonl","record":{"$ref":"https://schema.example/x.json"}}`,
	} {
		if _, err := pool.ParseSchema([]byte(bad)); err == nil {
			t.Errorf("%s is accepted", bad)
		}
	}
}

func FuzzSchema(f *testing.F) {
	f.Add([]byte(people), []byte(`{"question":"why?","answer":"so"}`))
	f.Add([]byte(`{"format":"text"}`), []byte("text"))
	f.Fuzz(func(_ *testing.T, schema, data []byte) {
		if s, err := pool.ParseSchema(schema); err == nil {
			_, _ = s.Read(data)
		}
	})
}

// words makes text of so many words.
func words(r *rand.Rand, n int) string {
	var b strings.Builder
	for range n {
		fmt.Fprintf(&b, "%x ", r.Uint32()>>12)
	}
	return b.String()
}

func TestNearDuplicates(t *testing.T) {
	const seed = 7
	r := rand.New(rand.NewPCG(seed, 1))
	var x pool.Index
	texts := make([]string, 0, 500)
	for range 500 {
		texts = append(texts, words(r, 80))
		s := pool.NewSketch(texts[len(texts)-1])
		if number, like, found := x.Find(&s); found {
			t.Fatalf("text %d is like %d by %d", len(texts)-1, number, like)
		}
		x.Add(&s)
	}
	missed := 0
	for i, text := range texts {
		other := strings.ToUpper(strings.ReplaceAll(text, " ", "\n\t")) // the same but for case and space
		s := pool.NewSketch(other)
		if number, like, found := x.Find(&s); !found || number != i || like != 1000 {
			t.Fatalf("text %d: found %v, number %d, similarity %d", i, found, number, like)
		}
		s = pool.NewSketch(text + words(r, 4)) // one word in twenty is new
		if number, _, found := x.Find(&s); !found || number != i {
			missed++
		}
	}
	if missed > 10 {
		t.Errorf("seed %d: %d of 500 near-duplicates were missed", seed, missed)
	}
	var nothing pool.Sketch
	short := pool.NewSketch("")
	if short == nothing {
		t.Error("an empty text has no sketch")
	}
}

// TestSimilarity: the estimate is within four standard deviations of what is common.
func TestSimilarity(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	common, a, b := words(r, 600), words(r, 200), words(r, 200)
	s, u := pool.NewSketch(common+a), pool.NewSketch(common+b)
	if like := s.Similarity(&u); like < 450 || like > 750 { // 600 of 1,000 words
		t.Errorf("similarity %d, want about 600", like)
	}
}

func BenchmarkSketch(b *testing.B) {
	text := words(rand.New(rand.NewPCG(1, 1)), 200)
	b.SetBytes(int64(len(text)))
	var x pool.Index
	for b.Loop() {
		s := pool.NewSketch(text)
		x.Find(&s)
	}
}

func reference(tb testing.TB) pool.Reference {
	tb.Helper()
	return pool.Reference{
		Model: func() (*train.Source, error) {
			return &train.Source{ReaderAt: bytes.NewReader(starter.GGUF()), Size: int64(len(starter.GGUF())), Close: func() error { return nil }}, nil
		},
		Validation: code(tb, "../../x/credit", 3), Threads: 1,
	}
}

// code is some Go of a folder of this repository.
func code(tb testing.TB, folder string, files int) []byte {
	tb.Helper()
	names, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil || len(names) < files {
		tb.Fatal(folder, err)
	}
	var out []byte
	for _, name := range names {
		if strings.HasSuffix(name, ".pb.go") || files == 0 {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			tb.Fatal(err)
		}
		out, files = append(out, text...), files-1
	}
	return out
}

// TestCheck: code helps a model of code; noise, copies and too little do not count; and a second machine says the same.
func TestCheck(t *testing.T) {
	if testing.Short() {
		t.Skip("it trains for half a minute")
	}
	c := pool.Checker{Schema: schema(t, `{"format":"text"}`), Reference: reference(t), Index: &pool.Index{}}
	check := func(data []byte) pool.Verdict {
		t.Helper()
		start := time.Now()
		v, _, err := c.Check(t.Context(), data)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%+v in %v", v, time.Since(start).Round(time.Millisecond))
		return v
	}
	good := code(t, "../../x/council", 4)
	first := check(good)
	if !first.Accepted || first.Points <= 0 {
		t.Error("code is refused")
	}
	if v := check(append([]byte("// mine\n"), good...)); v.Reason != pool.ReasonDuplicate {
		t.Error("a copy is accepted")
	}
	noise := []byte(words(rand.New(rand.NewPCG(5, 5)), 4000))
	if v := check(noise); v.Reason != pool.ReasonQuality || v.Points != 0 {
		t.Error("noise is accepted")
	}
	if v := check([]byte("package x\n")); v.Reason != pool.ReasonShort {
		t.Error("too little is accepted")
	}
	again := pool.Checker{Schema: c.Schema, Reference: c.Reference, Index: &pool.Index{}}
	again.Reference.Threads = 2
	if v, fresh, err := again.Check(t.Context(), good); err != nil || v != first || len(fresh) != 1 || fresh[0] != string(good) {
		t.Errorf("a second machine says %+v, %v", v, err)
	}
}

// BenchmarkDuplicates looks for near-duplicates among as many documents of about 1 kB as it is run for, one in ten of which is one.
func BenchmarkDuplicates(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	var x pool.Index
	kept := words(r, 170)
	found, size := 0, 0
	for i := 0; b.Loop(); i++ {
		b.StopTimer()
		text := words(r, 170)
		switch i % 10 {
		case 0:
			kept = text
		case 9:
			text = kept + words(r, 5)
		}
		size += len(text)
		b.StartTimer()
		s := pool.NewSketch(text)
		if _, _, near := x.Find(&s); near {
			found++
		} else {
			x.Add(&s)
		}
	}
	b.ReportMetric(float64(found)/float64(max(1, b.N/10)), "found")
	b.ReportMetric(float64(size)/float64(b.N), "bytes")
}
