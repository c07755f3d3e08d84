package circuittest

import "ayni.example/zk/circuit"

// Random is a small circuit: one to three of a random MLP, CNN and forest side by side.
func Random(s Source) Model {
	b := NewBuilder(s, uint8(4+s.IntN(7)))
	parts := []func(){b.randomMLP, b.randomCNN, b.randomForest}
	for range 1 + s.IntN(3) {
		parts[s.IntN(len(parts))]()
	}
	return b.Model
}

func (b *Builder) between(low, high int) int { return low + b.Source.IntN(high-low+1) }

func (b *Builder) chance(percent int) bool { return b.Source.IntN(100) < percent }

func (b *Builder) shape() Shape { return Shape(b.Source.IntN(int(shapes))) }

// randomMLP has dense layers of odd lengths, skips by Concat and by Scale, and terms that are summed.
func (b *Builder) randomMLP() {
	x := circuit.Reading{b.Input(-128, 255, b.between(1, 40))}
	if b.chance(40) {
		x = append(x, b.Input(-128, 127, b.between(1, 9)))
	}
	for range b.between(0, 3) {
		n := b.between(1, 40)
		terms := []circuit.Term{b.Dense(x, n, 20)}
		if b.chance(70) {
			terms = append(terms, b.Bias(n, 3000))
		}
		if axes := b.Circuit.Axes(x); b.chance(30) && axes[0] == n {
			terms = append(terms, circuit.Term{Kind: circuit.Scale, Reading: x, Factor: int32(b.between(1, 50))})
		}
		y := b.Step(b.shape(), []int{n}, terms...)
		if b.chance(30) {
			x = append(circuit.Reading{y}, x...)
			continue
		}
		x = circuit.Reading{y}
		if b.chance(30) {
			y = b.Step(b.shape(), []int{n}, circuit.Term{Kind: circuit.Scale, Reading: x, Factor: int32(-b.between(1, 50))}, b.Dense(x, n, 9))
			x = circuit.Reading{y}
		}
	}
	n := b.between(1, 12)
	b.Answer([]int{n}, b.Dense(x, n, 20), b.Bias(n, 3000), b.Dense(x, n, 127))
}

// randomCNN has windows of all kinds, residuals and readings of several pieces, then a dense answer.
func (b *Builder) randomCNN() {
	x := circuit.Reading{b.Input(-128, 127, b.between(1, 4), b.between(3, 9), b.between(3, 9))}
	for range b.between(1, 4) {
		switch axes := b.Circuit.Axes(x); b.Source.IntN(4) {
		case 0:
			x = b.randomPool(x, axes)
		case 1:
			// A residual: a convolution that keeps the axes, and what it reads.
			term, axes := b.Conv(x, axes[0], 20, [2]int{3, 3}, [2]int{1, 1}, [2]int{1, 1})
			x = circuit.Reading{b.Step(b.shape(), axes, term, circuit.Term{Kind: circuit.Scale, Reading: x, Factor: 64})}
		default:
			window := [2]int{b.between(1, min(3, axes[1])), b.between(1, min(3, axes[2]))}
			pad := [2]int{b.between(0, window[0]-1), b.between(0, window[1]-1)}
			term, out := b.Conv(x, b.between(1, 6), 20, window, [2]int{b.between(1, 2), b.between(1, 2)}, pad)
			y := b.Step(b.shape(), out, term, b.Bias(out[0], 3000))
			if out[1] == axes[1] && out[2] == axes[2] {
				x = append(circuit.Reading{y}, x...)
			} else {
				x = circuit.Reading{y}
			}
		}
	}
	if axes := b.Circuit.Axes(x); b.chance(30) {
		term, out := b.Conv(x, b.between(1, 3), 20, [2]int{axes[1], 1}, [2]int{1, 1}, [2]int{})
		b.Answer(out, term, b.Bias(out[0], 100))
		return
	}
	n := b.between(1, 12)
	b.Answer([]int{n}, b.Dense(x, n, 20), b.Bias(n, 3000))
}

// randomPool is a maximum (of clamped values, whose differences are small) or an average.
func (b *Builder) randomPool(x circuit.Reading, axes []int) circuit.Reading {
	window := [2]int{b.between(1, min(3, axes[1])), b.between(1, min(3, axes[2]))}
	stride := [2]int{b.between(1, 3), b.between(1, 3)}
	if b.chance(50) {
		y := b.Step(Clamp, axes, circuit.Term{Kind: circuit.Scale, Reading: x, Factor: int32(b.between(1, 9))})
		return circuit.Reading{b.MaxPool(circuit.Reading{y}, window, stride)}
	}
	pad := [2]int{b.between(0, window[0]-1), b.between(0, window[1]-1)}
	term := circuit.Term{Kind: circuit.Pool, Reading: x, Factor: int32(b.between(1, 30)), Window: window, Stride: stride, Pad: pad}
	return circuit.Reading{b.Step(b.shape(), slide(axes[0], axes, window, stride, pad), term)}
}

func (b *Builder) randomForest() {
	bits := b.between(1, 10)
	input := b.Input(0, 1<<bits-1, b.between(1, 6), b.between(1, 9))
	for range b.between(1, 2) {
		b.Forest(input, b.between(1, 6), b.between(1, 4), bits, b.between(1, 3))
	}
}
