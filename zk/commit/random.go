package commit

import (
	"encoding/binary"
	"io"

	"ayni.example/zk/field"
)

// randomElements is n uniform elements: words of 31 random bits, without those of p and more.
func randomElements(random io.Reader, n int) ([]field.Element, error) {
	const chunk = 1 << 12
	list := make([]field.Element, 0, n)
	buf := make([]byte, field.BaseBytes*min(n, chunk))
	for len(list) < n {
		part := buf[:field.BaseBytes*min(n-len(list), chunk)]
		if _, err := io.ReadFull(random, part); err != nil {
			return nil, err
		}
		for ; len(part) > 0; part = part[field.BaseBytes:] {
			// Uniform words stay uniform in Montgomery's form, which is a permutation.
			if word := binary.LittleEndian.Uint32(part) >> 1; word < field.P {
				list = append(list, field.Element{word})
			}
		}
	}
	return list, nil
}
