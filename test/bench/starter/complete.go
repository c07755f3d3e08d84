package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"

	"ayni.example/tensor/llama"
)

// Bounds on a completion. The byte models get about as many bytes as the model's tokens hold.
const (
	maxTokens = 64
	maxBytes  = 160
)

// verdicts counts what became of the completions of one peer.
type verdicts struct {
	Name     string  `json:"name"`
	Count    int     `json:"count"`
	Parse    int     `json:"parse"`
	Cut      int     `json:"parse_cut"` // of those that parse, how many the bound cut off
	Exact    int     `json:"exact"`
	Share    float64 `json:"parse_share"`
	SameLine float64 `json:"same_line_share"`
}

func (v *verdicts) judge(completion, line string) {
	v.Count++
	if parses(statement(completion)) {
		v.Parse++
		if !ended(completion) {
			v.Cut++
		}
	}
	if sameLine(completion, line) {
		v.Exact++
	}
	v.Share = float64(v.Parse) / float64(v.Count)
	v.SameLine = float64(v.Exact) / float64(v.Count)
}

var errEnded = errors.New("statement ended")

// completeModel is the greedy completion by the model.
func completeModel(ctx context.Context, m *llama.Model, p prefix) (string, error) {
	var text strings.Builder
	_, err := m.Generate(ctx, p.ids, llama.Options{MaxTokens: maxTokens}, func(t llama.Token) error {
		text.WriteString(t.Text)
		if ended(text.String()) {
			return errEnded
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnded) {
		return "", fmt.Errorf("complete in %s: %w", p.path, err)
	}
	return text.String(), nil
}

// sample is one position with its completions, for people to read.
type sample struct {
	Path    string `json:"path"`
	Author  string `json:"author"` // the line as written
	Model   string `json:"model"`
	Parses  bool   `json:"parses"` // the model's
	Greedy  string `json:"bytes_greedy"`
	Sampled string `json:"bytes_sampled"`
}

// judgeAll completes every prefix with each peer. show receives each sample.
func judgeAll(ctx context.Context, m *llama.Model, n *ngram, c corpus, ps []prefix, seed uint64, show func(sample)) ([]verdicts, error) {
	model := verdicts{Name: "starter, greedy"}
	greedy := verdicts{Name: fmt.Sprintf("order-%d byte model, greedy", n.order)}
	sampled := verdicts{Name: fmt.Sprintf("order-%d byte model, sampled", n.order)}
	random := verdicts{Name: "random training line"}
	lines := trainingLines(c.train)
	r := rand.New(rand.NewPCG(seed, 1))
	for _, p := range ps {
		text, err := completeModel(ctx, m, p)
		if err != nil {
			return nil, err
		}
		s := sample{
			Path: p.path, Author: p.line, Model: text, Parses: parses(statement(text)),
			Greedy: n.complete(p.text, maxBytes, nil, ended), Sampled: n.complete(p.text, maxBytes, r, ended),
		}
		show(s)
		model.judge(s.Model, p.line)
		greedy.judge(s.Greedy, p.line)
		sampled.judge(s.Sampled, p.line)
		random.judge(lines[r.IntN(len(lines))]+"\n", p.line)
	}
	return []verdicts{model, greedy, sampled, random}, nil
}

// trainingLines are the indented lines of the training files that are not blank or comments:
// mostly lines of function bodies.
func trainingLines(files []source) []string {
	var out []string
	for _, f := range files {
		for line := range strings.Lines(f.text) {
			body := strings.TrimSpace(line)
			if strings.HasPrefix(line, "\t") && body != "" && !strings.HasPrefix(body, "//") {
				out = append(out, body)
			}
		}
	}
	return out
}
