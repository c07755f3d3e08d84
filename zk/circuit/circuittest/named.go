package circuittest

import "ayni.example/zk/circuit"

// MLP has layers of width x width with ReLU between them.
func MLP(s Source, layers, width int) Model {
	b := NewBuilder(s, 10)
	x := b.Input(-128, 127, width)
	for range layers - 1 {
		x = b.Step(ReLU, []int{width}, b.Dense(circuit.Reading{x}, width, 127), b.Bias(width, 1000))
	}
	b.Answer([]int{width}, b.Dense(circuit.Reading{x}, width, 127), b.Bias(width, 1000))
	return b.Model
}

// CNN is a network of 264 thousand weights for images of 32 x 32 in three colours.
func CNN(s Source) Model {
	b := NewBuilder(s, 8)
	x := b.Input(0, 255, 3, 32, 32)
	for _, channels := range []int{32, 64, 64} {
		term, axes := b.Conv(circuit.Reading{x}, channels, 127, [2]int{3, 3}, [2]int{1, 1}, [2]int{1, 1})
		x = b.Step(ReLU, axes, term, b.Bias(channels, 1000))
		x = b.MaxPool(circuit.Reading{x}, [2]int{2, 2}, [2]int{2, 2})
	}
	x = b.Step(ReLU, []int{200}, b.Dense(circuit.Reading{x}, 200, 127), b.Bias(200, 1000))
	b.Answer([]int{10}, b.Dense(circuit.Reading{x}, 10, 127), b.Bias(10, 1000))
	return b.Model
}

// MNIST has the shape of the MNIST network of the ONNX model zoo.
func MNIST(s Source) Model {
	b := NewBuilder(s, 8)
	x := b.Input(0, 255, 1, 28, 28)
	for _, l := range []struct{ channels, pool int }{{8, 2}, {16, 3}} {
		term, axes := b.Conv(circuit.Reading{x}, l.channels, 127, [2]int{5, 5}, [2]int{1, 1}, [2]int{2, 2})
		x = b.Step(ReLU, axes, term, b.Bias(l.channels, 1000))
		x = b.MaxPool(circuit.Reading{x}, [2]int{l.pool, l.pool}, [2]int{l.pool, l.pool})
	}
	b.Answer([]int{10}, b.Dense(circuit.Reading{x}, 10, 127), b.Bias(10, 1000))
	return b.Model
}

// Forest has features of 16 bits and one class.
func Forest(s Source, trees, depth, instances, features int) Model {
	b := NewBuilder(s, 8)
	b.Forest(b.Input(0, 1<<16-1, instances, features), trees, depth, 16, 1)
	return b.Model
}
