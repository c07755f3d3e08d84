package token

import (
	"strings"
	"unicode/utf8"
)

// Piece is the bytes of one token, which may be part of a character; nil for control tokens
// and ids outside the vocabulary. The caller must not change it.
func (t *Tokenizer) Piece(id int32) []byte {
	if id < 0 || int(id) >= len(t.pieces) {
		return nil
	}
	return t.pieces[id]
}

// Decode is the text of the ids as a Stream gives it. With AddSpace, text that was encoded
// comes back with a leading space.
func (t *Tokenizer) Decode(ids []int32) string {
	s := t.Stream()
	var b strings.Builder
	for _, id := range ids {
		b.WriteString(s.Push(id))
	}
	b.WriteString(s.Flush())
	return b.String()
}

// Stream decodes ids one by one. It holds back bytes until they are a whole character, and
// gives U+FFFD for each byte that cannot be part of one, so its text is always valid UTF-8.
type Stream struct {
	t       *Tokenizer
	pending []byte
}

// Stream starts a decoder.
func (t *Tokenizer) Stream() *Stream { return &Stream{t: t} }

// Push adds a token and returns the text that is certain now, often the token's own.
func (s *Stream) Push(id int32) string {
	s.pending = append(s.pending, s.t.Piece(id)...)
	n := 0
	var b strings.Builder
	for n < len(s.pending) && utf8.FullRune(s.pending[n:]) {
		r, size := utf8.DecodeRune(s.pending[n:])
		b.WriteRune(r)
		n += size
	}
	s.pending = append(s.pending[:0], s.pending[n:]...)
	return b.String()
}

// Flush ends the stream: bytes that never became a character are U+FFFD, one for each.
func (s *Stream) Flush() string {
	n := len(s.pending)
	s.pending = nil
	return strings.Repeat(string(utf8.RuneError), n)
}
