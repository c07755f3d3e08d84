package lookup

import "ayni.example/zk/sumcheck"

// ProveFalse is Prove of a sum that need not be zero.
func ProveFalse(s sumcheck.Sender, l *Layout, blocks []Block) (Claim, error) {
	return new(Prover).newTree(l, blocks).send(s)
}
