package zkml

// Gas of the steps of verifying, a unit being ten nanoseconds or less of one core (BenchmarkGas): a block full of proofs takes half
// a second.
const (
	gasFixed   = 10_000
	gasRound   = 50
	gasQuery   = 50
	gasHash    = 20
	gasProduct = 4
	gasCircuit = 20 // of decoding a byte

	// gasCheck is of looking at a circuit for the first time: tables of some hundred bytes may stand for megabytes.
	gasCheck = 2_000_000
)

// Gas is what verifying is charged before it begins.
func (c Cost) Gas() uint64 {
	return gasFixed + c.Rounds*gasRound + c.Queries*gasQuery + c.Hashes*gasHash + c.Products*gasProduct + c.CircuitBytes*gasCircuit
}

// CheckGas is what a registration is charged before its circuit of so many bytes is looked at.
func CheckGas(size int) uint64 { return gasCheck + 3*gasCircuit*uint64(size) }

// What a transaction costs at most beside, by the ledger's prices: 10 a byte of its own, 30 a byte that is written, 3 a byte that is
// read, and 200,000 for what is scheduled.
const (
	gasTx       = 500_000
	gasByte     = 12
	gasStored   = 45
	gasRetrieve = 3
)

// RegisterGas is a limit for a transaction that registers a model with a message of so many bytes.
func RegisterGas(size int) uint64 { return gasTx + CheckGas(size) + gasStored*uint64(size) }

// SubmitGas is a limit for a transaction that submits a proof with a message of so many bytes.
func (c Cost) SubmitGas(size int) uint64 {
	return gasTx + c.Gas() + gasRetrieve*c.CircuitBytes + gasByte*uint64(size)
}
