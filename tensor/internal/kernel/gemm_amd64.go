package kernel

func gemmAVX2(g *Gemm) { g.MaxRows, g.Tile = 6, tileAVX2 }

func gemmAVX512(g *Gemm) { g.MaxRows, g.Tile = 14, tileAVX512 }
