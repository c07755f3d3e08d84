package tensor

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Decode writes the values of stored blocks, as Matrix.Row gives them.
func Decode(format Format, dst []float32, raw []byte) error {
	if int(format) >= len(names()) {
		return fmt.Errorf("format %d is not known", format)
	}
	elements, bytes := format.Block()
	if len(dst)%elements != 0 || len(raw) != len(dst)/elements*bytes {
		return fmt.Errorf("%d values of %s from %d bytes: a block of %d has %d bytes", len(dst), format, len(raw), elements, bytes)
	}
	switch format {
	case FormatF32:
		for i := range dst {
			dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
		}
	case FormatF16:
		for i := range dst {
			dst[i] = Half(binary.LittleEndian.Uint16(raw[2*i:]))
		}
	case FormatBF16:
		for i := range dst {
			dst[i] = BHalf(binary.LittleEndian.Uint16(raw[2*i:]))
		}
	default:
		l := format.layout()
		group := make([]byte, l.size(1))
		for b := range len(dst) / elements {
			clear(group)
			l.pack(group, 0, raw[b*bytes:(b+1)*bytes])
			l.row(dst[b*elements:(b+1)*elements], group, 0)
		}
	}
	return nil
}
