package token

// Words runs one splitter alone.
func Words(pre, text string) ([]string, error) {
	s, err := newScheme(pre)
	if err != nil {
		return nil, err
	}
	return s.words(text), nil
}
