package circuit

// Values are those of one weight tensor, real lengths, row-major. Dense and conv weights are Int8, all others Int32.
type Values struct {
	Int8  []int8
	Int32 []int32
}

// Weights are the values of a circuit's weight tensors, at the index of the tensor; entries of other tensors are empty.
type Weights []Values
