package pool

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"

	"ayni.example/train"
	"ayni.example/train/recipe"
)

// Reference is a model and a text to measure with. Which they are is fixed with the pool, by digest.
type Reference struct {
	Model      func() (*train.Source, error) // GGUF weights
	Validation []byte                        // UTF-8; predicted better after training on what is worth something
	Threads    int                           // changes the speed only
}

// Gain is how well a model predicts the validation text, in millionths of a bit a byte.
type Gain struct {
	Before, After int64
}

// MicroBits is what was gained; never negative.
func (g Gain) MicroBits() int64 { return max(0, g.Before-g.After) }

// ErrReference is a pool whose reference model or validation text is unusable.
var ErrReference = errors.New("unusable reference")

// trial is the training that measures, about once over a short contribution: more would learn it by heart. The most steps bound what a
// contribution may cost its checker.
const trial = `name: ayni/trial
mode: lora
seed: 1
model: {from: reference}
lora: {rank: 8, alpha: 16, targets: [attn_q, attn_k, attn_v, attn_output, ffn_gate, ffn_up, ffn_down]}
data: {folder: text, list: list.txt, max_bytes: 134217728}
schedule: {rate: 4e-3, warm_up: 1}
batch: {windows: 4, length: 128}
budget: {steps: %d}
evaluate: {every: 0}
export: {types: [F16]}
`

// steps of a trial on so many bytes of text; a step sees about stepBytes of them.
func steps(size int) int { return min(max(size/stepBytes, stepsLeast), stepsMost) }

const (
	stepBytes  = 1792
	stepsLeast = 4
	stepsMost  = 24
)

// Measure trains the reference on the documents for a few steps, in a folder that is removed.
func (r Reference) Measure(ctx context.Context, documents []string) (Gain, error) {
	dir, err := os.MkdirTemp("", "ayni-trial-")
	if err != nil {
		return Gain{}, fmt.Errorf("measure a contribution: %w", err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // it is a temporary folder
	if err := r.lay(dir, documents); err != nil {
		return Gain{}, fmt.Errorf("measure a contribution: %w", err)
	}
	plan, err := recipe.Open(filepath.Join(dir, "trial.yaml"))
	if err != nil {
		return Gain{}, fmt.Errorf("measure a contribution: %w", err)
	}
	result, err := train.Run(ctx, train.Config{
		Recipe: plan, Dir: filepath.Join(dir, "run"), Threads: r.Threads, Start: train.Restart,
		Model: func(string) (*train.Source, error) { return r.Model() },
	})
	if err != nil {
		return Gain{}, fmt.Errorf("measure a contribution: %w", err)
	}
	if result.Before == nil || result.HeldOut == nil {
		return Gain{}, fmt.Errorf("%w: the validation text is empty", ErrReference)
	}
	return Gain{Before: micro(result.Before.BitsPerByte), After: micro(result.HeldOut.BitsPerByte)}, nil
}

// micro rounds to millionths, to the nearest; the exact engine gives the same float everywhere.
func micro(bits float64) int64 { return int64(math.RoundToEven(float64(bits * 1e6))) }

// lay writes the trial's recipe and texts.
func (r Reference) lay(dir string, documents []string) error {
	text := filepath.Join(dir, "text")
	if err := os.Mkdir(text, 0o700); err != nil {
		return err
	}
	var list strings.Builder
	put := func(split, name string, content []byte) error {
		fmt.Fprintf(&list, "%x %s %s\n", sha256.Sum256(content), split, name)
		return os.WriteFile(filepath.Join(text, name), content, 0o600)
	}
	if err := put("held", "validation.txt", r.Validation); err != nil {
		return err
	}
	all := strings.Join(documents, "\n\n")
	if err := put("train", "contribution.txt", []byte(all)); err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(filepath.Join(dir, "list.txt"), []byte(list.String()), 0o600),
		os.WriteFile(filepath.Join(dir, "trial.yaml"), fmt.Appendf(nil, trial, steps(len(all))), 0o600),
	)
}
