package kernel

func quantAVX2(*Quant) {}

func quantAVX512(*Quant) {}
