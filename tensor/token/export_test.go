package token

import "unicode"

// Words runs one splitter alone.
func Words(pre, text string) ([]string, error) {
	s, err := newScheme(pre)
	if err != nil {
		return nil, err
	}
	return s.words(text), nil
}

// Classes tells the classes of a character.
func Classes(r rune) (c byte) {
	for i, class := range []func(rune) bool{letter, unicode.IsNumber, unicode.IsSpace, other, upper, lower, sign} {
		if class(r) {
			c |= 1 << i
		}
	}
	return c
}
