package zkml

// Gas of the steps of verifying, a unit being some ten nanoseconds of one core: a proof of 6 ms costs some 600,000, and a block full
// of proofs takes no longer than one full of anything else. gas_test.go measures it.
const (
	gasFixed   = 10_000
	gasRound   = 50
	gasQuery   = 50
	gasHash    = 20
	gasProduct = 4
)

// Gas is what verifying is charged before it begins.
func (c Cost) Gas() uint64 {
	return gasFixed + c.Rounds*gasRound + c.Queries*gasQuery + c.Hashes*gasHash + c.Products*gasProduct
}
