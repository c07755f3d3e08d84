package zkml

// Gas of the steps of verifying, a unit being some ten nanoseconds of one core: a proof of 6 ms costs some 600,000, and a block full
// of proofs takes no longer than one full of anything else.
const (
	gasFixed   = 10_000
	gasRound   = 50
	gasQuery   = 50
	gasHash    = 20
	gasProduct = 4

	// gasCircuit is of decoding and checking a byte of a circuit, beside the ledger's price for reading it.
	gasCircuit = 20
)

// Gas is what verifying is charged before it begins.
func (c Cost) Gas() uint64 {
	return gasFixed + c.Rounds*gasRound + c.Queries*gasQuery + c.Hashes*gasHash + c.Products*gasProduct
}

// CircuitGas is what decoding a circuit of so many bytes is charged before it begins.
func CircuitGas(size int) uint64 { return gasFixed + uint64(size)*gasCircuit }

// What a whole transaction costs at most beside verifying, by the ledger's prices: 10 a byte of the transaction, 30 a byte that is
// written, 3 a byte that is read, and 200,000 for what will be scheduled.
const (
	gasTx     = 500_000
	gasByte   = 12
	gasStored = 70
)

// RegisterGas is a limit for a transaction that registers a model with a message of so many bytes.
func RegisterGas(size int) uint64 { return gasTx + uint64(size)*gasStored }

// SubmitGas is a limit for a transaction that submits a proof with a message of so many bytes, without the verifying.
func SubmitGas(size int) uint64 { return gasTx + uint64(size)*gasByte }
