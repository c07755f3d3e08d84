package compute

// Trained is what the ledger knows of the result of a training.
type Trained struct {
	Tenant  string
	Inputs  [][]byte // digests that the order names: of its recipe and its data
	Results [][]byte // digests that the worker committed to with the last segment; none before
	Height  int64    // of the block in which it did, as long as that can be disputed
	Stands  bool     // nobody can dispute it any more
	Failed  bool     // the order is closed, and came to nothing
}
