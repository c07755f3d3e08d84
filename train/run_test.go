package train_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"ayni.example/train"
	"ayni.example/train/checkpoint"
	"ayni.example/train/recipe"
)

// tiny is a recipe that runs in well under a second, on text that text makes.
const tiny = `
name: test/tiny
mode: pretrain
seed: 3
model: {layers: 2, width: 32, heads: 4, kv_heads: 2, inner: 64, context: 64}
tokenizer: {vocabulary: 300}
data: {folder: text, held_out: 4}
schedule: {rate: 5e-3, warm_up: 3}
batch: {windows: 4, length: 32, micro: 2}
budget: {steps: 24}
evaluate: {every: 8, windows: 8}
checkpoint: {every: 5}
export: {types: [F32, Q8_0]}
`

// text writes some files of made-up prose.
func text(tb testing.TB, dir, vocabulary string) {
	tb.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		tb.Fatal(err)
	}
	words := strings.Fields(vocabulary)
	for i := range 12 {
		var b strings.Builder
		for j := range 400 {
			b.WriteString(words[(i*7+j*j+j*i)%len(words)])
			b.WriteByte(" \n"[j%11/10])
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("f%02d.txt", i)), []byte(b.String()), 0o600); err != nil {
			tb.Fatal(err)
		}
	}
}

// write puts a recipe and its text into a folder.
func write(tb testing.TB, dir, body string) *recipe.Recipe {
	tb.Helper()
	text(tb, filepath.Join(dir, "text"), "the cat sat on a mat and saw the dog run after its own tail while rain fell on every roof in town")
	text(tb, filepath.Join(dir, "other"), "no one knows if rows of eels swim south or north when all tides turn warm and slow")
	name := filepath.Join(dir, "recipe.yaml")
	if err := os.WriteFile(name, []byte(body), 0o600); err != nil {
		tb.Fatal(err)
	}
	r, err := recipe.Open(name)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

func run(tb testing.TB, ctx context.Context, cfg train.Config) *train.Result {
	tb.Helper()
	result, err := train.Run(ctx, cfg)
	if err != nil {
		tb.Fatal(err)
	}
	return result
}

func TestThreadsDoNotChangeTheResult(t *testing.T) {
	dir := t.TempDir()
	r := write(t, dir, tiny)
	want := run(t, t.Context(), train.Config{Recipe: r, Dir: filepath.Join(dir, "1"), Threads: 1})
	if !want.Complete || want.Step != 24 || want.HeldOut == nil || want.HeldOut.BitsPerByte >= want.Log.Held[0].BitsPerByte {
		t.Errorf("result %+v, held out first %v and last %v", want, want.Log.Held[0], want.HeldOut)
	}
	for _, threads := range []int{2, 3} {
		have := run(t, t.Context(), train.Config{Recipe: r, Dir: filepath.Join(dir, strconv.Itoa(threads)), Threads: threads})
		if have.Digest != want.Digest {
			t.Errorf("%d threads: %s, want %s", threads, have.Digest, want.Digest)
		}
		for i, f := range want.Files[:3] {
			if have.Files[i].Digest != f.Digest {
				t.Errorf("%d threads: %s differs", threads, f.Path)
			}
		}
	}
}

// TestMicroBatchesDoNotChangeTheResult: how many windows are computed at once is no part of the run.
func TestMicroBatchesDoNotChangeTheResult(t *testing.T) {
	dir := t.TempDir()
	want := run(t, t.Context(), train.Config{Recipe: write(t, dir, tiny), Dir: filepath.Join(dir, "2"), Steps: 7})
	for _, micro := range []string{"micro: 1", "micro: 4"} {
		r := write(t, dir, strings.Replace(tiny, "micro: 2", micro, 1))
		if have := run(t, t.Context(), train.Config{Recipe: r, Dir: filepath.Join(dir, micro), Steps: 7}); have.Digest != want.Digest {
			t.Errorf("%s: %s, want %s", micro, have.Digest, want.Digest)
		}
	}
}

func TestARunInPartsIsOneRun(t *testing.T) {
	dir := t.TempDir()
	r := write(t, dir, tiny)
	want := run(t, t.Context(), train.Config{Recipe: r, Dir: filepath.Join(dir, "whole")})
	cfg := train.Config{Recipe: r, Dir: filepath.Join(dir, "parts"), Threads: 1}
	var have *train.Result
	for _, steps := range []int{1, 8, 13, 24, 24} {
		cfg.Steps = steps
		if have = run(t, t.Context(), cfg); have.Complete != (steps == 24) {
			t.Errorf("after step %d: complete is %v", steps, have.Complete)
		}
		cfg.Start = train.Resume
	}
	if have.Digest != want.Digest || have.Loss != want.Loss || !reflect.DeepEqual(have.Log.Points, want.Log.Points) {
		t.Errorf("in parts: %+v, want %+v", have, want)
	}
	cfg.Steps = 3
	if _, err := train.Run(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "after the step 3") {
		t.Errorf("going back: %v", err)
	}
	cfg.Start = train.Restart
	if back := run(t, t.Context(), cfg); back.Step != 3 {
		t.Errorf("restarted: %+v", back)
	}
}

func TestStopSaves(t *testing.T) {
	dir := t.TempDir()
	r := write(t, dir, tiny)
	want := run(t, t.Context(), train.Config{Recipe: r, Dir: filepath.Join(dir, "whole")})
	cfg := train.Config{Recipe: r, Dir: filepath.Join(dir, "stopped")}
	for _, at := range []int{0, 7, 19} {
		ctx, cancel := context.WithCancel(t.Context())
		cfg.Progress = func(p train.Progress) {
			if p.Step >= at {
				cancel()
			}
		}
		_, err := train.Run(ctx, cfg)
		var stopped *train.StoppedError
		if !errors.As(err, &stopped) || stopped.Step < at || stopped.Step > at+1 {
			t.Fatalf("stopped at step %d: %v", at, err)
		}
	}
	cfg.Progress, cfg.Start = nil, train.Resume
	if have := run(t, t.Context(), cfg); have.Digest != want.Digest {
		t.Errorf("stopped three times: %s, want %s", have.Digest, want.Digest)
	}
}

func TestWhatCannotGoOnIsNamed(t *testing.T) {
	dir := t.TempDir()
	r := write(t, dir, tiny)
	cfg := train.Config{Recipe: r, Dir: filepath.Join(dir, "out"), Steps: 2, Start: train.Resume}
	if _, err := train.Run(t.Context(), cfg); !errors.Is(err, train.ErrNothing) {
		t.Errorf("nothing to go on from: %v", err)
	}
	cfg.Start = train.Auto
	run(t, t.Context(), cfg)
	for name, body := range map[string]string{
		"seed": strings.Replace(tiny, "seed: 3", "seed: 4", 1), "rate": strings.Replace(tiny, "5e-3", "6e-3", 1),
		"steps": strings.Replace(tiny, "steps: 24", "steps: 25", 1), "split": strings.Replace(tiny, "held_out: 4", "held_out: 5", 1),
		"vocabulary": strings.Replace(tiny, "300", "301", 1), "heads": strings.Replace(tiny, "kv_heads: 2", "kv_heads: 4", 1),
	} {
		cfg.Recipe = write(t, dir, body)
		if _, err := train.Run(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "another recipe") {
			t.Errorf("another %s: %v", name, err)
		}
	}
	cfg.Recipe = write(t, dir, strings.Replace(tiny, "every: 5", "every: 6", 1))
	cfg.Steps = 3
	run(t, t.Context(), cfg) // how often it saves is no part of the run
	store, err := checkpoint.Open(checkpoint.Config{Dir: filepath.Join(cfg.Dir, "checkpoints")})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close() //nolint:errcheck // the folder goes anyway
	if _, err := train.Run(t.Context(), cfg); !errors.Is(err, checkpoint.ErrBusy) {
		t.Errorf("two in one folder: %v", err)
	}
}

func TestADamagedCheckpointCostsAFewSteps(t *testing.T) {
	dir := t.TempDir()
	r := write(t, dir, tiny)
	want := run(t, t.Context(), train.Config{Recipe: r, Dir: filepath.Join(dir, "whole")})
	cfg := train.Config{Recipe: r, Dir: filepath.Join(dir, "damaged"), Steps: 12}
	run(t, t.Context(), cfg)
	names, err := filepath.Glob(filepath.Join(cfg.Dir, "checkpoints", "*.ckpt"))
	if err != nil || len(names) != 2 {
		t.Fatalf("%v, %v", names, err)
	}
	if err := os.Truncate(names[1], 1000); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	cfg.Steps, cfg.Logger = 0, slog.New(slog.NewTextHandler(&log, nil))
	if have := run(t, t.Context(), cfg); have.Digest != want.Digest || !strings.Contains(log.String(), filepath.Base(names[1])) {
		t.Errorf("%s, want %s; log %s", have.Digest, want.Digest, log.String())
	}
}

// TestACheckpointThatCannotBeWrittenStopsNothing puts a folder where a checkpoint is to be written, as good as a full disk.
func TestACheckpointThatCannotBeWrittenStopsNothing(t *testing.T) {
	dir := t.TempDir()
	r := write(t, dir, tiny)
	want := run(t, t.Context(), train.Config{Recipe: r, Dir: filepath.Join(dir, "whole")})
	var log bytes.Buffer
	cfg := train.Config{Recipe: r, Dir: filepath.Join(dir, "full"), Logger: slog.New(slog.NewTextHandler(&log, nil))}
	cfg.Progress = func(p train.Progress) {
		if p.Step != 7 {
			return
		}
		for _, step := range []int{10, 15} {
			name := filepath.Join(cfg.Dir, "checkpoints", fmt.Sprintf("step-%010d.ckpt.tmp", step))
			if err := os.MkdirAll(filepath.Join(name, "x"), 0o700); err != nil {
				t.Error(err)
			}
		}
	}
	if have := run(t, t.Context(), cfg); have.Digest != want.Digest || strings.Count(log.String(), "training goes on") != 2 {
		t.Errorf("%s, want %s; log %s", have.Digest, want.Digest, log.String())
	}
	names, err := filepath.Glob(filepath.Join(cfg.Dir, "checkpoints", "*.ckpt"))
	if err != nil || len(names) != 2 || !strings.HasSuffix(names[0], "20.ckpt") {
		t.Errorf("checkpoints %v, %v", names, err)
	}
}
