package council

// Bounds of what the parameters may be set to.
const (
	// seatsBound is what a light client takes of one block (client/proof).
	seatsBound = 200
	// secondsBound is a year, blocksBound some months of the shortest blocks.
	secondsBound = 366 * 24 * 3600
	blocksBound  = 50_000_000
	openBound    = 100
	// messagesBound and bytesBound keep a proposal within one transaction.
	messagesBound = 64
	bytesBound    = 128 << 10
	// gasMin is enough for one small message, gasBound leaves room for others in a block.
	gasMin, gasBound = 100_000, 40_000_000
)

// DefaultParams are the rules of a new ledger.
func DefaultParams() Params {
	return Params{
		SeatsMax: 100, VotingBlocks: 10, VotingSeconds: 7 * 24 * 3600, OpenMax: 4, MessagesMax: 16, BytesMax: 64 << 10,
		ExecutionGas: 20_000_000, AbsentBlocks: 100, AbsentSeconds: 3600, JailSeconds: 600,
	}
}

// Validate checks the parameters without any state.
func (p Params) Validate() error {
	for _, b := range []struct {
		name  string
		value uint64
		least uint64
		most  uint64
	}{
		{"seats", uint64(p.SeatsMax), 1, seatsBound},
		{"voting blocks", uint64(p.VotingBlocks), 1, blocksBound},
		{"voting seconds", uint64(p.VotingSeconds), 1, secondsBound},
		{"open proposals", uint64(p.OpenMax), 1, openBound},
		{"messages", uint64(p.MessagesMax), 1, messagesBound},
		{"bytes", uint64(p.BytesMax), 1 << 10, bytesBound},
		{"execution gas", p.ExecutionGas, gasMin, gasBound},
		{"absent blocks", uint64(p.AbsentBlocks), 1, blocksBound},
		{"absent seconds", uint64(p.AbsentSeconds), 1, secondsBound},
		{"jail seconds", uint64(p.JailSeconds), 1, secondsBound},
	} {
		if b.value < b.least || b.value > b.most {
			return ErrInvalid.Wrapf("%s: %d is not %d to %d", b.name, b.value, b.least, b.most)
		}
	}
	return nil
}
