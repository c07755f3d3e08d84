package token

// Words runs one splitter alone.
func Words(pre, text string) ([]string, error) {
	words, _, err := splitter(pre)
	if err != nil {
		return nil, err
	}
	return words(text), nil
}
