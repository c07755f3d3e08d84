//go:build amd64 && !purego

package field

// maxTiles is how many tiles' products of 255 and 128 fit into 31 bits.
const maxTiles = 1 << 14

// foldRowsBy splits coefficients, times 2^32, into four signed bytes: sums of their products with biased weights stay in
// words of 32 bits, and the reduction of the whole takes the factor out again.
func foldRowsBy(run func(dst *Block, tiles *uint8, limbs *[16]uint32, bias *[4]uint64, strips, skip, n int)) func(Vec, []uint8, int, []E) {
	return func(dst Vec, tiles []uint8, strip int, c []E) {
		if len(dst) == 0 || len(c) == 0 {
			clear(dst)
			return
		}
		into := dst
		for at := 0; at < len(c)/tileRows; at += maxTiles {
			n := min(len(c)/tileRows-at, maxTiles)
			limbs, bias := limbsOf(c[at*tileRows:][:n*tileRows])
			if at > 0 {
				into = make(Vec, len(dst))
			}
			run(&into[0], &tiles[at*tile], &limbs[0], &bias, len(dst)/2, strip-n*tile, n)
			if at > 0 {
				AddVec(dst, dst, into)
			}
		}
	}
}

func limbsOf(c []E) (limbs [][16]uint32, bias [4]uint64) {
	const shift = 1 << 64 % P
	limbs = make([][16]uint32, len(c)/tileRows)
	var total [4]uint64
	for i := range c {
		for k := range total {
			v := reduce(uint64(c[i][k][0]) * shift)
			total[k] += uint64(v)
			for l := range 4 {
				b := v & 0xff
				v = (v + 0x80) >> 8 // what is left after the signed byte
				limbs[i/tileRows][4*k+l] |= b << (8 * (i % tileRows))
			}
		}
	}
	for k := range bias {
		bias[k] = P<<30 - total[k]*weightBias
	}
	return limbs, bias
}
