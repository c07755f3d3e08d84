package tensor

import "slices"

// Format is how a weight matrix is stored in a file.
type Format uint8

// The formats that a Matrix is built from.
const (
	FormatF32 Format = iota
	FormatF16
	FormatQ8
	FormatBF16
	FormatQ4_0
	FormatQ4K
	FormatQ6K
)

// names are those of GGUF.
func names() []string { return []string{"F32", "F16", "Q8_0", "BF16", "Q4_0", "Q4_K", "Q6_K"} }

// String names the format as GGUF does.
func (f Format) String() string { return names()[f] }

// ParseFormat finds a format by its name in GGUF.
func ParseFormat(name string) (Format, bool) {
	i := slices.Index(names(), name)
	return Format(max(i, 0)), i >= 0
}

// Block is the number of neighbours of a row that are stored together, and their bytes.
func (f Format) Block() (elements, bytes int) {
	switch f {
	case FormatF32:
		return 1, 4
	case FormatF16, FormatBF16:
		return 1, 2
	default:
		l := f.layout()
		return l.elements, l.stored
	}
}
