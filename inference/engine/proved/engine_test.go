package proved_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"ayni.example/inference/engine"
	"ayni.example/inference/engine/proved"
	"ayni.example/inference/prediction"
	"ayni.example/zk/bundle"
	"ayni.example/zk/quant"
	"ayni.example/zk/quant/quanttest"
)

// folder has one model, "m", and files that are none.
func folder(t *testing.T, seed uint64) string {
	t.Helper()
	model, err := quant.Quantise(quanttest.MLP(seed, 2, 16), quant.Config{Rows: quanttest.Rows(2, 32, 16)})
	if err != nil {
		t.Fatal(err)
	}
	b, err := bundle.Make(bundle.Config{Name: "m", Model: model, Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := b.Encode()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, content := range map[string][]byte{
		"m" + proved.Suffix: raw, "cut" + proved.Suffix: raw[:len(raw)/2], "notes.txt": []byte("no model"),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func open(t *testing.T) (*proved.Engine, *bytes.Buffer) {
	t.Helper()
	dir := folder(t, 1)
	var log bytes.Buffer
	e, err := proved.New(proved.Config{Folder: dir, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	return e, &log
}

func question(t *testing.T, input string) engine.Request {
	t.Helper()
	req, err := prediction.Parse([]byte(`{"model":"m","input":` + input + `,"binding":"01"}`))
	if err != nil {
		t.Fatal(err)
	}
	return req
}

func numbers(n int) string { return "[" + strings.TrimSuffix(strings.Repeat("3,", n), ",") + "]" }

func ask(t *testing.T, e *proved.Engine, req engine.Request) (string, error) {
	t.Helper()
	var text strings.Builder
	result, err := e.Generate(t.Context(), req, func(c engine.Chunk) error {
		text.WriteString(c.Text)
		return nil
	})
	if err == nil && result.Usage.Prompt != 1 {
		err = fmt.Errorf("usage is %+v", result.Usage)
	}
	return text.String(), err
}

// TestAnswersAreProved: what the engine answers is verified; another question, answer or root is refused.
func TestAnswersAreProved(t *testing.T) {
	e, log := open(t)
	models, err := e.Models(t.Context())
	if err != nil || len(models) != 1 || models[0].Name != "m" || !strings.Contains(log.String(), "cut") {
		t.Fatalf("models %+v, %v; log %s", models, err, log)
	}
	req := question(t, numbers(16))
	var group sync.WaitGroup
	texts := make([]string, 3)
	for i := range texts {
		group.Go(func() {
			var err error
			if texts[i], err = ask(t, e, req); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	for _, text := range texts {
		if err := proved.Check(models[0].Digest, req.Prompt, []byte(text)); err != nil {
			t.Error(err)
		}
	}
	answer, err := prediction.ReadAnswer([]byte(texts[0]))
	if err != nil {
		t.Fatal(err)
	}
	answer.Output[0]++
	changed, err := answer.Text()
	if err != nil {
		t.Fatal(err)
	}
	other := question(t, strings.Replace(numbers(16), "3", "4", 1))
	for name, err := range map[string]error{
		"another output":   proved.Check(models[0].Digest, req.Prompt, []byte(changed)),
		"another question": proved.Check(models[0].Digest, other.Prompt, []byte(texts[0])),
		"another model":    proved.Check(strings.Repeat("00", 32), req.Prompt, []byte(texts[0])),
		"another binding":  proved.Check(models[0].Digest, strings.Replace(req.Prompt, "01", "02", 1), []byte(texts[0])),
	} {
		if !errors.Is(err, proved.ErrProof) {
			t.Errorf("%s: error %v, want ErrProof", name, err)
		}
	}
}

// TestModelsOfOneName are told apart by their digests; the same file twice is one model.
func TestModelsOfOneName(t *testing.T) {
	dir := folder(t, 1)
	raw, err := os.ReadFile(filepath.Join(dir, "m"+proved.Suffix))
	if err != nil {
		t.Fatal(err)
	}
	second, err := os.ReadFile(filepath.Join(folder(t, 2), "m"+proved.Suffix))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"copy": raw, "second": second} {
		if err := os.WriteFile(filepath.Join(dir, name+proved.Suffix), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	e, err := proved.New(proved.Config{Folder: dir, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	models, err := e.Models(t.Context())
	if err != nil || len(models) != 2 || models[0].Digest == models[1].Digest {
		t.Fatalf("models %+v, %v", models, err)
	}
	req := question(t, numbers(16))
	for _, m := range models {
		if m.Name != "m@"+m.Digest[:8] {
			t.Errorf("model %s is called %s", m.Digest, m.Name)
		}
		for _, name := range []string{m.Name, m.Digest} {
			req.Model = name
			text, err := ask(t, e, req)
			if err == nil {
				err = proved.Check(m.Digest, req.Prompt, []byte(text))
			}
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	req.Model = "m"
	if _, err := ask(t, e, req); !engine.IsKind(err, engine.NotFound) || !strings.Contains(err.Error(), "2 models are called") {
		t.Errorf("the name of both: %v", err)
	}
}

func TestQuestionsRefused(t *testing.T) {
	e, _ := open(t)
	for _, test := range []struct {
		name string
		req  engine.Request
		kind engine.ErrorKind
	}{
		{"too few numbers", question(t, numbers(15)), engine.Invalid},
		{"too many numbers", question(t, numbers(17)), engine.Invalid},
		{"a number out of range", question(t, strings.Replace(numbers(16), "3", "3000", 1)), engine.Invalid},
		{"a chat", engine.Request{Kind: engine.Chat, Model: "m"}, engine.Unsupported},
		{"an unknown model", engine.Request{Kind: engine.Prediction, Model: "x"}, engine.NotFound},
		{"no question", engine.Request{Kind: engine.Prediction, Model: "m", Prompt: "{"}, engine.Invalid},
	} {
		if text, err := ask(t, e, test.req); !engine.IsKind(err, test.kind) {
			t.Errorf("%s: answer %q, error %v, want %s", test.name, text, err, test.kind)
		}
	}
}
