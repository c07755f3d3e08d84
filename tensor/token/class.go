package token

import (
	"strings"
	"unicode"
)

// The classes of characters that splitters know are those of Unicode 15.1: ids of a text must not change with the tables
// of a newer compiler, which a test watches.

// letter is \p{L}. Go's tables are of 15.0; what 15.1 added are the ideographs of CJK Extension I.
func letter(r rune) bool { return unicode.IsLetter(r) || extensionI(r) }

func extensionI(r rune) bool { return 0x2ebf0 <= r && r <= 0x2ee5d }

// other is [^\s\p{L}\p{N}].
func other(r rune) bool { return !unicode.IsSpace(r) && !letter(r) && !unicode.IsNumber(r) }

// upper is [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}].
func upper(r rune) bool {
	return unicode.In(r, unicode.Lu, unicode.Lt, unicode.Lm, unicode.Lo, unicode.M) || extensionI(r)
}

// lower is [\p{Ll}\p{Lm}\p{Lo}\p{M}].
func lower(r rune) bool {
	return unicode.In(r, unicode.Ll, unicode.Lm, unicode.Lo, unicode.M) || extensionI(r)
}

// sign is [\p{P}$+<=>^~|].
func sign(r rune) bool { return unicode.IsPunct(r) || strings.ContainsRune("$+<=>^~|", r) }

func digit(r rune) bool   { return '0' <= r && r <= '9' }
func newline(r rune) bool { return r == '\r' || r == '\n' }
