package exact_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"ayni.example/inference/engine"
	"ayni.example/inference/engine/enginetest"
	"ayni.example/inference/engine/exact"
	"ayni.example/tensor/gguf"
	"ayni.example/tensor/llama/llamatest"
)

// shelf is a source in memory that counts how often each file is opened.
type shelf struct {
	mu     sync.Mutex
	items  []exact.Item
	opened map[string]int
	fail   error
	gate   chan struct{} // what Open waits for, if anything
}

func (s *shelf) List(context.Context) ([]exact.Item, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]exact.Item{}, s.items...), nil
}

func (s *shelf) put(tb testing.TB, name string, spec llamatest.Spec, set exact.Settings) exact.Item {
	tb.Helper()
	raw, err := llamatest.Build(spec)
	if err != nil {
		tb.Fatal(err)
	}
	file, err := gguf.Parse(raw)
	if err != nil {
		tb.Fatal(err)
	}
	about, size, err := exact.Inspect(name, file, set)
	if err != nil {
		tb.Fatal(err)
	}
	item := exact.Item{About: about, Bytes: size}
	item.Open = func(context.Context) (*gguf.File, exact.Settings, io.Closer, error) {
		s.mu.Lock()
		fail, gate := s.fail, s.gate
		s.opened[name]++
		s.mu.Unlock()
		if gate != nil {
			<-gate
		}
		return file, set, io.NopCloser(bytes.NewReader(nil)), fail
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.items = append(s.items, item)
	return item
}

func (s *shelf) count(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.opened[name]
}

func (s *shelf) change(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

// wall is a clock that tests move.
type wall struct {
	mu  sync.Mutex
	now time.Time
}

func (w *wall) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *wall) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func library(tb testing.TB, cfg exact.LibraryConfig) (*exact.Library, *shelf, *wall) {
	tb.Helper()
	s, w := &shelf{opened: map[string]int{}}, &wall{now: time.Unix(1e9, 0)}
	cfg.Source, cfg.Now = s, w.Now
	l, err := exact.NewLibrary(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	return l, s, w
}

func ask(tb testing.TB, e engine.Engine, model string) (string, error) {
	tb.Helper()
	most, zero, text := 4, 0.0, ""
	_, err := e.Generate(tb.Context(), engine.Request{
		Kind: engine.Completion, Model: model, Prompt: "hello", Options: engine.Options{MaxTokens: &most, Temperature: &zero},
	}, func(c engine.Chunk) error { text += c.Text; return nil })
	return text, err
}

func TestConformanceOfLibrary(t *testing.T) {
	l, s, _ := library(t, exact.LibraryConfig{})
	s.put(t, "tiny", llamatest.Spec{Template: chatML, Context: 512}, exact.Settings{})
	enginetest.Run(t, enginetest.Config{Engine: l, Model: "tiny", Seeded: true, IDs: true, Counts: true, Bounds: true})
	if n := s.count("tiny"); n > 2 {
		t.Errorf("it was opened %d times", n)
	}
}

// TestModelsAreOpenedWhenAsked lists without opening, counts without weights, and keeps what was opened.
func TestModelsAreOpenedWhenAsked(t *testing.T) {
	fixed := open(t, "fixed", llamatest.Spec{})
	l, s, w := library(t, exact.LibraryConfig{Fixed: []*exact.Model{fixed}, KeepAlive: time.Minute})
	a := s.put(t, "a", llamatest.Spec{Seed: 2}, exact.Settings{})
	s.put(t, "b", llamatest.Spec{Seed: 3}, exact.Settings{System: "Be brief.", Template: chatML})
	s.change(func() {
		s.items = append(s.items, exact.Item{About: engine.Model{Name: "odd"}, Problem: "the architecture mamba"})
	})

	models, err := l.Models(t.Context())
	if err != nil || len(models) != 3 || models[0].Name != "fixed" || models[1].Digest != a.About.Digest || s.count("a") != 0 {
		t.Fatalf("listed %+v, %v, opened %d times", models, err, s.count("a"))
	}
	refused, err := l.Refused(t.Context())
	if err != nil || len(refused) != 1 || refused[0].About.Name != "odd" {
		t.Errorf("refused %+v, %v", refused, err)
	}
	if _, err := ask(t, l, "odd"); !engine.IsKind(err, engine.Unsupported) || !strings.Contains(err.Error(), "mamba") {
		t.Errorf("asked for what does not run: %v", err)
	}
	if _, err := ask(t, l, "none"); !engine.IsKind(err, engine.NotFound) {
		t.Errorf("asked for what is not there: %v", err)
	}
	n, ok, err := l.Count(t.Context(), engine.Request{Kind: engine.Completion, Model: "a", Prompt: "hello"})
	if err != nil || !ok || n == 0 {
		t.Errorf("counted %d, %v, %v", n, ok, err)
	}
	if m := l.Reader(t.Context(), a.About.Digest); m == nil || m.Run().Tokenizer.Decode([]int32{40}) == "" || s.count("a") != 1 {
		t.Errorf("no reader, or opened %d times", s.count("a"))
	}
	want, err := ask(t, newEngine(t, exact.Config{Models: []*exact.Model{open(t, "a", llamatest.Spec{Seed: 2})}}), "a")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if have, err := ask(t, l, "a"); err != nil || have != want {
			t.Errorf("answer %q, %v, want %q", have, err, want)
		}
	}
	if s.count("a") != 2 {
		t.Errorf("opened %d times: once to count, once to answer", s.count("a"))
	}
	w.pass(59 * time.Second)
	l.Expire()
	_, _ = ask(t, l, "a")
	w.pass(61 * time.Second)
	l.Expire()
	if _, err := ask(t, l, "a"); err != nil || s.count("a") != 3 {
		t.Errorf("after it was let go: %v, opened %d times", err, s.count("a"))
	}
	if _, err := ask(t, l, "fixed"); err != nil {
		t.Error(err)
	}
}

// TestMemoryIsBounded has room for one of two: the idle one goes, one in use is waited for, and one too large is refused.
func TestMemoryIsBounded(t *testing.T) {
	size := (&shelf{opened: map[string]int{}}).put(t, "x", llamatest.Spec{}, exact.Settings{}).Bytes
	l, s, _ := library(t, exact.LibraryConfig{MaxBytes: size + size/2})
	s.put(t, "a", llamatest.Spec{Seed: 2}, exact.Settings{})
	s.put(t, "b", llamatest.Spec{Seed: 3}, exact.Settings{})
	s.put(t, "large", llamatest.Spec{Layers: 8}, exact.Settings{})
	for range 2 {
		for _, name := range []string{"a", "b"} {
			if _, err := ask(t, l, name); err != nil {
				t.Fatal(err)
			}
		}
	}
	if s.count("a") != 2 || s.count("b") != 2 {
		t.Errorf("opened %d and %d times, want twice each", s.count("a"), s.count("b"))
	}
	if _, err := ask(t, l, "large"); !engine.IsKind(err, engine.Unavailable) || !strings.Contains(err.Error(), "model_memory_mib") {
		t.Errorf("what never fits: %v", err)
	}
	// While b answers, a waits, for as long as its caller does.
	begun, end, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		var once sync.Once
		most := 2
		_, err := l.Generate(context.Background(), engine.Request{Kind: engine.Completion, Model: "b", Prompt: "x", Options: engine.Options{MaxTokens: &most}},
			func(engine.Chunk) error { once.Do(func() { close(begun); <-end }); return nil })
		ended <- err
	}()
	<-begun
	impatient, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if _, err := l.Embed(impatient, engine.Request{Kind: engine.Embeddings, Model: "a", Input: []string{"x"}}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("without room: %v", err)
	}
	answered := make(chan error, 1)
	go func() { _, err := ask(t, l, "a"); answered <- err }()
	close(end)
	if err := errors.Join(<-ended, <-answered); err != nil {
		t.Error(err)
	}
}

// TestNumberOfModelsIsBounded lets the one go that was idle longest: caches come with each, whatever its weights take.
func TestNumberOfModelsIsBounded(t *testing.T) {
	l, s, w := library(t, exact.LibraryConfig{MaxModels: 2})
	for i, name := range []string{"a", "b", "c"} {
		s.put(t, name, llamatest.Spec{Seed: uint64(2 + i)}, exact.Settings{})
	}
	for _, name := range []string{"a", "b", "a", "c", "a", "b"} {
		if _, err := ask(t, l, name); err != nil {
			t.Fatal(err)
		}
		w.pass(time.Second)
	}
	if s.count("a") != 1 || s.count("b") != 2 || s.count("c") != 1 {
		t.Errorf("opened %d, %d and %d times, want 1, 2 and 1", s.count("a"), s.count("b"), s.count("c"))
	}
}

// TestFailedOpeningIsTriedAgain has a disk that gives an error once.
func TestFailedOpeningIsTriedAgain(t *testing.T) {
	l, s, _ := library(t, exact.LibraryConfig{})
	s.put(t, "a", llamatest.Spec{}, exact.Settings{})
	s.change(func() { s.fail = io.ErrUnexpectedEOF })
	if _, err := ask(t, l, "a"); !engine.IsKind(err, engine.Unavailable) || !strings.Contains(err.Error(), "--verify") {
		t.Errorf("error is %v", err)
	}
	s.change(func() { s.fail = nil })
	if _, err := ask(t, l, "a"); err != nil {
		t.Errorf("the second time: %v", err)
	}
}

// TestManyAskForWhatIsNotLoaded opens the file once; callers that leave do not take it from the others.
func TestManyAskForWhatIsNotLoaded(t *testing.T) {
	l, s, _ := library(t, exact.LibraryConfig{})
	s.put(t, "a", llamatest.Spec{}, exact.Settings{})
	gate := make(chan struct{})
	s.change(func() { s.gate = gate })
	gone, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			if i == 0 {
				if _, err := l.Embed(gone, engine.Request{Kind: engine.Embeddings, Model: "a", Input: []string{"x"}}); !errors.Is(err, context.Canceled) {
					t.Errorf("who left: %v", err)
				}
				return
			}
			if _, err := ask(t, l, "a"); err != nil {
				t.Error(err)
			}
		})
	}
	time.Sleep(20 * time.Millisecond)
	cancel()
	close(gate)
	group.Wait()
	if s.count("a") != 1 {
		t.Errorf("opened %d times", s.count("a"))
	}
}
