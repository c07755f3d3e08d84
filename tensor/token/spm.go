package token

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"ayni.example/tensor/gguf"
)

// space is how SentencePiece writes a space inside a token.
const space = "\u2581"

func (t *Tokenizer) readSPM(m gguf.Metadata) error {
	var err error
	if t.scores, err = m.Floats("tokenizer.ggml.scores"); err != nil {
		return err
	}
	if len(t.scores) != len(t.pieces) {
		return fmt.Errorf("%d tokens and %d scores", len(t.pieces), len(t.scores))
	}
	if t.unknown, err = t.id(m, "unknown"); err != nil {
		return err
	}
	t.AddBOS = true
	if t.AddSpace, err = m.BoolOr("tokenizer.ggml.add_space_prefix", true); err != nil {
		return err
	}
	for b := range t.bytes {
		t.bytes[b] = none
	}
	for i, name := range t.specialName {
		if t.types[i] != typeByte {
			t.pieces[i] = []byte(strings.ReplaceAll(name, space, " "))
			continue
		}
		var b byte
		if n, err := fmt.Sscanf(name, "<0x%02X>", &b); err != nil || n != 1 || len(name) != len("<0x00>") {
			return fmt.Errorf("byte token %d is called %q, want <0xNN>", i, name)
		}
		t.pieces[i] = []byte{b}
		t.bytes[b] = int32(i)
	}
	for b, id := range t.bytes {
		if id == none && t.unknown == none {
			return fmt.Errorf("vocabulary has neither a token for byte %d nor an unknown token", b)
		}
	}
	return nil
}

func (t *Tokenizer) encodeSPM(dst []int32, text string) []int32 {
	if text == "" {
		return dst
	}
	if t.AddSpace {
		text = " " + text
	}
	text = strings.ReplaceAll(text, " ", space)
	m := merger{join: func(_, _ int32, start, end int) (int32, float64, bool) {
		if end-start > t.longest {
			return none, 0, false
		}
		id := t.normal(text[start:end])
		if id == none {
			return none, 0, false
		}
		return id, -float64(t.scores[id]), true
	}}
	for i := 0; i < len(text); {
		_, n := utf8.DecodeRuneInString(text[i:])
		m.add(t.normal(text[i:i+n]), i, i+n)
		i += n
	}
	at := 0
	for _, id := range m.merge(nil) {
		if id != none {
			dst = append(dst, id)
			at += len(t.specialName[id])
			continue
		}
		// Only a single character can lack a token: a merge makes one.
		_, n := utf8.DecodeRuneInString(text[at:])
		for _, b := range []byte(text[at : at+n]) {
			if t.bytes[b] != none {
				dst = append(dst, t.bytes[b])
			} else {
				dst = append(dst, t.unknown)
			}
		}
		at += n
	}
	return dst
}

// normal finds a token by its text; control, unknown and byte tokens are never found by their
// names.
func (t *Tokenizer) normal(text string) int32 {
	id, ok := t.ids[text]
	if !ok {
		return none
	}
	switch t.types[id] {
	case typeControl, typeUnknown, typeByte:
		return none
	}
	return id
}
