package corpus

// ParseList reads the text of a list and gives the paths that it names.
func ParseList(text string, oneIn int) ([]string, error) {
	list, err := parseList("list", text, oneIn)
	out := make([]string, 0, len(list))
	for _, e := range list {
		out = append(out, e.path)
	}
	return out, err
}
