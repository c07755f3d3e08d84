package token

// Splitter cuts text into the words inside which a byte-level vocabulary merges; pre is the name
// that GGUF files give it. Vocabularies are learned with it.
func Splitter(pre string) (func(text string) []string, error) {
	s, err := newScheme(pre)
	return s.words, err
}
