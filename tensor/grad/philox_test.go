package grad_test

import (
	"math"
	"testing"

	"ayni.example/tensor/grad"
)

// The vectors are those of the authors' Random123 library (kat_vectors, philox4x32 10).
func TestPhiloxVectors(t *testing.T) {
	const f = 0xffffffff
	for name, c := range map[string]struct {
		counter [4]uint32
		key     [2]uint32
		want    [4]uint32
	}{
		"zeros": {want: [4]uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
		"ones":  {[4]uint32{f, f, f, f}, [2]uint32{f, f}, [4]uint32{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
		"pi": {
			[4]uint32{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
			[2]uint32{0xa4093822, 0x299f31d0},
			[4]uint32{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1},
		},
	} {
		if got := grad.Philox(c.counter, c.key); got != c.want {
			t.Errorf("%s: %08x, want %08x", name, got, c.want)
		}
	}
}

func TestNormalDeviates(t *testing.T) {
	x := make([]float32, 1<<16)
	grad.Normal(x, 5, grad.DomainInit, 3, 2)
	var moments [4]float64
	for _, v := range x {
		p := 1.0
		for i := range moments {
			p *= float64(v) / 2
			moments[i] += p / float64(len(x))
		}
	}
	for i, want := range [4]float64{0, 1, 0, 3} {
		if math.Abs(moments[i]-want) > 0.08 {
			t.Errorf("moment %d is %v, want about %v", i+1, moments[i], want)
		}
	}
	short := make([]float32, 5)
	grad.Normal(short, 5, grad.DomainInit, 3, 2)
	for i, v := range short {
		if v != x[i] {
			t.Errorf("deviate %d depends on how many are drawn", i)
		}
	}
}
