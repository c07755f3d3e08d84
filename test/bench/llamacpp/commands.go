package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math"

	"github.com/hybridgroup/yzma/pkg/llama"
)

// printLogits writes the bits of the logits, so that nothing is lost or infinite in JSON.
func (p *peer) printLogits() error {
	tokens, err := p.o.ids()
	if err != nil {
		return err
	}
	vocab := int(llama.VocabNTokens(p.vocab))
	for _, id := range tokens {
		if id < 0 || int(id) >= vocab {
			return fmt.Errorf("token %d is outside the vocabulary of %d", id, vocab)
		}
	}
	ctx, err := p.context(len(tokens))
	if err != nil {
		return err
	}
	defer func() { _ = llama.Free(ctx) }()
	batch := llama.BatchInit(int32(len(tokens)), 0, 1)
	defer func() { _ = llama.BatchFree(batch) }()
	if err := decode(ctx, &batch, tokens, 0, true); err != nil {
		return err
	}
	logits, err := llama.GetLogits(ctx, len(tokens), vocab)
	if err != nil {
		return fmt.Errorf("read logits: %w", err)
	}
	bits := make([]uint32, len(logits))
	for i, v := range logits {
		bits[i] = math.Float32bits(v)
	}
	return printJSON(struct {
		Vocab int      `json:"vocab"`
		Bits  []uint32 `json:"bits"`
	}{vocab, bits})
}

// tokenizeLines answers each JSON string with its token ids, until the input ends.
func (p *peer) tokenizeLines(in io.Reader, out io.Writer) error {
	w := bufio.NewWriter(out)
	enc := json.NewEncoder(w)
	dec := json.NewDecoder(in)
	for {
		var text []byte // base64 in JSON: a text need not be UTF-8
		if err := dec.Decode(&text); err == io.EOF {
			return w.Flush()
		} else if err != nil {
			return fmt.Errorf("read text: %w", err)
		}
		ids := llama.Tokenize(p.vocab, string(text), !p.o.plain, p.o.special)
		if err := enc.Encode(append([]llama.Token{}, ids...)); err != nil {
			return err
		}
	}
}
