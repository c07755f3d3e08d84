package token

import (
	"fmt"
	"strings"

	"ayni.example/tensor/gguf"
)

// byteRunes is GPT-2's reversible map of bytes to printable characters.
func byteRunes() (of [256]rune, back map[rune]byte) {
	back = make(map[rune]byte, 256)
	next := rune(256)
	for b := range 256 {
		r := rune(b)
		if b <= ' ' || (b > '~' && b < 0xa1) || b == 0xad {
			r = next
			next++
		}
		of[b], back[r] = r, byte(b)
	}
	return of, back
}

func (t *Tokenizer) readBPE(m gguf.Metadata) error {
	pre, err := m.StringOr("tokenizer.ggml.pre", "")
	if err != nil {
		return err
	}
	if t.scheme, err = newScheme(pre); err != nil {
		return err
	}
	t.AddBOS = t.scheme.bos
	of, back := byteRunes()
	t.runes = of
	for i, name := range t.specialName {
		t.pieces[i] = unmap(name, back)
	}
	for b, r := range of {
		id, ok := t.ids[string(r)]
		if !ok {
			return fmt.Errorf("byte-level vocabulary lacks a token for byte %d", b)
		}
		t.bytes[b] = id
	}
	return t.readMerges(m)
}

func (t *Tokenizer) readMerges(m gguf.Metadata) error {
	lines, err := m.Strings("tokenizer.ggml.merges")
	if err != nil {
		return err
	}
	t.merges = make(map[pair]merge, len(lines))
	for rank, line := range lines {
		left, right, ok := strings.Cut(line, " ")
		a, okA := t.ids[left]
		b, okB := t.ids[right]
		id, okC := t.ids[left+right]
		if !ok || !okA || !okB || !okC {
			return fmt.Errorf("merge %d %q joins or makes a token that the vocabulary lacks", rank, line)
		}
		if _, dup := t.merges[pair{a, b}]; !dup {
			t.merges[pair{a, b}] = merge{rank, id}
		}
	}
	return nil
}

// unmap gives the bytes that a byte-level token stands for; a name with other characters
// stands for itself.
func unmap(name string, back map[rune]byte) []byte {
	out := make([]byte, 0, len(name))
	for _, r := range name {
		b, ok := back[r]
		if !ok {
			return []byte(name)
		}
		out = append(out, b)
	}
	return out
}

func (t *Tokenizer) encodeBPE(dst []int32, text string) []int32 {
	m := merger{join: func(left, right int32, _, _ int) (int32, float64, bool) {
		j, ok := t.merges[pair{left, right}]
		return j.id, float64(j.rank), ok
	}}
	for _, word := range t.scheme.words(text) {
		if t.scheme.whole && len(word) > 1 {
			if id, ok := t.wholeWord(word); ok {
				dst = append(dst, id)
				continue
			}
		}
		for i := range len(word) {
			m.add(t.bytes[word[i]], i, i+1)
		}
		dst = m.merge(dst)
	}
	return dst
}

func (t *Tokenizer) wholeWord(word string) (int32, bool) {
	var b strings.Builder
	for i := range len(word) {
		b.WriteRune(t.runes[word[i]])
	}
	id, ok := t.ids[b.String()]
	return id, ok && t.types[id] == typeNormal
}
