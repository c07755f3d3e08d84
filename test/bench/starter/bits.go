package main

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"os/exec"
	"strings"

	"ayni.example/tensor/llama"
)

// overlap is the part of a window, in tokens, that the window before has scored: the least
// context of any token but the first of a file.
const overlap = 64

// modelBits is the code length of the files under the model, and how many tokens they have. Each
// file starts after an end token, as in training; the end of a file is not scored.
func modelBits(ctx context.Context, m *llama.Model, files []source) (sum float64, tokens int, err error) {
	for _, f := range files {
		ids := append([]int32{m.Tokenizer.EOS}, m.Tokenizer.Encode(f.text)...)
		tokens += len(ids) - 1
		for _, w := range windows(len(ids), m.ContextLength) {
			logs, err := m.Score(ctx, ids[w.start:w.end])
			if err != nil {
				return 0, 0, fmt.Errorf("score %s: %w", f.path, err)
			}
			for _, l := range logs[w.from-w.start-1:] {
				sum -= float64(l) / math.Ln2
			}
		}
	}
	return sum, tokens, nil
}

// window is a part of a file: the model reads tokens[start:end] and is judged on tokens[from:end].
type window struct {
	start, from, end int
}

// windows cover n tokens such that every token but the first is judged once.
func windows(n, context int) []window {
	var out []window
	for from := 1; from < n; {
		start := max(0, from-1-overlap)
		end := min(start+context+1, n) // the last token is only predicted
		out = append(out, window{start, from, end})
		from = end
	}
	return out
}

// xzBits is the size of the held-out text under xz -9, alone and as what it adds to the training
// text (xz then has all of that in its window). ok is false without an xz command.
func xzBits(ctx context.Context, train, held []source) (alone, primed float64, ok bool, err error) {
	if _, err := exec.LookPath("xz"); err != nil {
		return 0, 0, false, nil
	}
	before, after := join(train), join(held)
	var size [3]int
	for i, text := range []string{after, before, before + after} {
		cmd := exec.CommandContext(ctx, "xz", "-9", "--stdout", "--threads=1")
		cmd.Stdin = strings.NewReader(text)
		var out bytes.Buffer
		cmd.Stdout = &out
		if err := cmd.Run(); err != nil {
			return 0, 0, false, fmt.Errorf("run xz: %w", err)
		}
		size[i] = out.Len()
	}
	return float64(8 * size[0]), float64(8 * (size[2] - size[1])), true, nil
}

func join(files []source) string {
	var b strings.Builder
	for _, f := range files {
		b.WriteString(f.text)
	}
	return b.String()
}
