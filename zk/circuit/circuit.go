package circuit

// Kind says who knows the values of a tensor.
type Kind uint8

// The kinds of tensors.
const (
	Input   Kind = iota // public, given
	Output              // public, the answer
	Witness             // committed with each proof
	Weight              // committed once
)

// Circuit is an integer function with weights. Operations stand in an order in which each operand comes before its use.
type Circuit struct {
	Shift      uint8 // s: a Linear with a table divides by 2^s
	Tables     []Table
	Tensors    []Tensor
	Operations []Operation
}

// Table maps the 2^Bits values of hi to small integers, -128..255.
type Table struct {
	Bits   uint8
	Values []int16
}

// Tensor is an array of integers, last axis fastest. Axes are real lengths, one to four of them.
type Tensor struct {
	Kind Kind
	Axes []int
}

// Operation is a step: exactly one field is set.
type Operation struct {
	Linear  *Linear
	MaxPool *MaxPool
	Forest  *Forest
}

// Reading is what a step reads: tensors (inputs, or witness tensors of earlier steps) one behind the other on the first axis,
// alike on the others. Offsets follow from the real lengths.
type Reading []int

// NoTable marks a Linear whose sum is the public answer itself.
const NoTable = -1

// Linear sums terms, and with a table brings the sum back to a small integer: Factor*z + offset = 2^s hi + lo, y = T(hi).
type Linear struct {
	Terms  []Term
	Output int   // the tensor y: Witness with a table, Output without
	Table  int   // index in Tables, or NoTable
	Factor int32 // m, at least 1; 1 without a table
}

// TermKind says what a term of a Linear is.
type TermKind uint8

// The kinds of terms.
const (
	Dense TermKind = iota // sum_k W[o,k] x[k], k over all axes of the reading; the output has one axis
	Conv                  // sum_{c,dy,dx} W[o,c,dy,dx] x[c, py*sy+dy-ty, px*sx+dx-tx]
	Bias                  // b[o], on the first axis of the output
	Scale                 // c*x[i], the output's axes
	Pool                  // c * sum_{dy,dx} x[o, py*sy+dy-ty, px*sx+dx-tx]
)

// Term is one summand of a Linear. Fields that its kind does not name are zero.
type Term struct {
	Kind    TermKind
	Weight  int     // Dense, Conv, Bias: the weight tensor
	Reading Reading // Dense, Conv, Scale, Pool
	Factor  int32   // Scale, Pool: c, not zero
	Window  [2]int  // Pool: lengths on y and x (of a Conv: those of W)
	Stride  [2]int  // Conv, Pool: sy, sx
	Pad     [2]int  // Conv, Pool: ty, tx, zeros before the first row and column
}

// MaxPool is the largest value of each window; windows lie inside the reading.
type MaxPool struct {
	Reading Reading
	Output  int // Witness
	Window  [2]int
	Stride  [2]int
}

// Forest sums leaves of perfect trees. Weight tensors have the axes [trees, 2^Depth]: nodes by heap index (root 1, children
// 2i and 2i+1, taken where x[feature] >= threshold), leaves from left to right.
type Forest struct {
	Input     int // public, axes [instances, features]
	Output    int // axes [instances, classes]
	Feature   int
	Threshold int
	Leaf      int
	Depth     int
	Bits      int     // features are 0 .. 2^Bits-1, thresholds 0 .. 2^Bits
	Classes   []int   // of each tree, the class that its leaves count for
	Base      []int32 // of each class, where its sum starts
}
