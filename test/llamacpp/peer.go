package llamacpp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// limit is how long one run of the peer may take.
const limit = 2 * time.Minute

// Peer is the program of test/bench/llamacpp.
type Peer struct {
	program string
}

// Open builds the peer's program, or skips the test without its libraries.
func Open(tb testing.TB) *Peer {
	tb.Helper()
	if os.Getenv("LLAMACPP_LIB") == "" {
		tb.Skip("LLAMACPP_LIB is not set: the folder bins/linux-x64 of the npm package @node-llama-cpp/linux-x64 3.22.1")
	}
	source, err := filepath.Abs("../bench/llamacpp")
	if err != nil {
		tb.Fatal(err)
	}
	p := &Peer{program: filepath.Join(tb.TempDir(), "llamacpp")}
	ctx, cancel := context.WithTimeout(tb.Context(), limit)
	defer cancel()
	build := exec.CommandContext(ctx, "go", "build", "-o", p.program, ".")
	build.Dir, build.Env = source, append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-mod=readonly")
	if out, err := build.CombinedOutput(); err != nil {
		tb.Fatalf("build the peer: %v\n%s", err, out)
	}
	return p
}

// Logits are those after each token, with exact key-value cache and one thread.
func (p *Peer) Logits(ctx context.Context, model string, tokens []int32, flags ...string) ([][]float32, error) {
	words := make([]string, len(tokens))
	for i, id := range tokens {
		words[i] = strconv.Itoa(int(id))
	}
	var answer struct {
		Vocab int      `json:"vocab"`
		Bits  []uint32 `json:"bits"`
	}
	args := append([]string{"logits", model, strings.Join(words, ",")}, flags...)
	if err := p.run(ctx, &answer, nil, args...); err != nil {
		return nil, err
	}
	if answer.Vocab < 1 || len(answer.Bits) != answer.Vocab*len(tokens) {
		return nil, fmt.Errorf("llama.cpp gave %d logits of %d for %d tokens", len(answer.Bits), answer.Vocab, len(tokens))
	}
	out := make([][]float32, len(tokens))
	for i := range out {
		out[i] = make([]float32, answer.Vocab)
		for j := range out[i] {
			out[i][j] = math.Float32frombits(answer.Bits[i*answer.Vocab+j])
		}
	}
	return out, nil
}

// Tokenize gives the ids of each text. The flags are -special and -plain.
func (p *Peer) Tokenize(ctx context.Context, model string, texts []string, flags ...string) ([][]int32, error) {
	var in bytes.Buffer
	enc := json.NewEncoder(&in)
	for _, text := range texts {
		if err := enc.Encode([]byte(text)); err != nil {
			return nil, err
		}
	}
	out := make([][]int32, 0, len(texts))
	return out, p.run(ctx, &lines{ids: &out, want: len(texts)}, in.Bytes(), append([]string{"tokenize", model}, flags...)...)
}

// lines collects one JSON array for each line.
type lines struct {
	ids  *[][]int32
	want int
}

func (l *lines) read(raw []byte) error {
	dec := json.NewDecoder(bytes.NewReader(raw))
	for range l.want {
		var ids []int32
		if err := dec.Decode(&ids); err != nil {
			return err
		}
		*l.ids = append(*l.ids, ids)
	}
	return nil
}

func (p *Peer) run(ctx context.Context, answer any, stdin []byte, args ...string) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, p.program, args...)
	cmd.Stdin = bytes.NewReader(stdin)
	raw, err := cmd.Output()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		return fmt.Errorf("llama.cpp %s: %w: %s", args[0], err, bytes.TrimSpace(failed.Stderr))
	} else if err != nil {
		return fmt.Errorf("llama.cpp %s: %w", args[0], err)
	}
	if l, ok := answer.(*lines); ok {
		return l.read(raw)
	}
	if err := json.Unmarshal(raw, answer); err != nil {
		return fmt.Errorf("read the answer of llama.cpp %s: %w", args[0], err)
	}
	return nil
}
