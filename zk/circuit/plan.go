package circuit

// Plan is where everything of a circuit lies in a proof. It is not changed after it is made.
type Plan struct {
	Circuit *Circuit
	Tensors []Place // those of the circuit at their index, then the witness tensors that operations and lookups imply
	Steps   []Step  // of each operation
	Weights Stack
	Witness Stack

	Lookups  []Lookup // the tables in use, in the order of section 6
	Blocks   []Block  // of leaves, in the order of section 6; their offsets say where they lie
	LeafBits int      // all leaves together are 2^LeafBits
}

// Place is a tensor with its padded lengths and its offset in the stack of its kind.
type Place struct {
	Tensor
	Bits   []int // log2 of the padded length of each axis
	Offset int   // in the stack of weights or of the witness; zero for public tensors
}

// Size is the number of padded values.
func (p *Place) Size() int { return 1 << p.Log() }

// Log is log2 of Size: the number of coordinates of a point.
func (p *Place) Log() int {
	n := 0
	for _, b := range p.Bits {
		n += b
	}
	return n
}

// Stack is a vector of tensors, sizes descending.
type Stack struct {
	Order []int // the tensors as they lie
	Bits  int   // log2 of the length
}

// Step names the tensors that an operation implies.
type Step struct {
	High, Low int     // Linear with a table
	Levels    []Level // Forest
	Leaf      int     // Forest
	Number    int     // Forest: f, counted over the forests
}

// Level names the tensors of one level of a forest.
type Level struct{ Bit, Feature, Threshold, Value int }

// LookupKind says what the rows of a lookup table are.
type LookupKind uint8

// The kinds of lookup tables.
const (
	Range  LookupKind = iota // i < 2^Index
	Mapped                   // i, T(i) of the circuit's table Index
	Nodes                    // i, feature, threshold of the forest that is operation Index
	Leaves                   // i, leaf of it
	Inputs                   // i, value of its inputs
)

// Lookup is a table that is used.
type Lookup struct {
	Kind         LookupKind
	Index        int // bits, table or operation
	Tag          int
	Bits         int // log2 of its rows
	Multiplicity int // tensor
}

// BlockKind says what the leaves of a block look up.
type BlockKind uint8

// The kinds of blocks.
const (
	Mapping    BlockKind = iota // hi, y of a Linear
	Remainder                   // lo of a Linear
	Difference                  // y - x_Index of a MaxPool
	Node                        // of a Forest's level Index
	Feature                     // of level Index: the input that its node reads
	Comparison                  // of level Index
	Ending                      // of a Forest: the leaf
	Supply                      // the table itself
)

// Block is a run of leaves.
type Block struct {
	Kind      BlockKind
	Operation int // of a Supply: -1
	Index     int // window or level
	Lookup    int // index in Lookups
	Bits      int // log2 of the number of leaves
	Offset    int
}
