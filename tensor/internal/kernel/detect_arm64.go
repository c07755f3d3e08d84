package kernel

// detected are the families beyond the portable one. Every arm64 processor has NEON.
func detected() []*Table {
	neon := portable()
	neon.Name = "neon"
	neon.Gemm.MaxRows, neon.Gemm.Tile, neon.Gemm.Pace = 4, tileNEON, 16
	rowsByTiles(&neon.Gemm)
	return []*Table{neon}
}
