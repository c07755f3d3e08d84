package kernel

func vectorAVX2(*Vector) {}

func vectorAVX512(*Vector) {}
