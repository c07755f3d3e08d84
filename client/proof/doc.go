// Package proof shows to people who trust no node what stood on the ledger at a height. A Bundle holds entries of the state with
// their Merkle proofs, the block header that commits to that state, and as many light blocks as it takes to reach that header
// from a genesis or a checkpoint that the verifier trusts. Collector makes bundles from a node; Bundle.Verify needs no network,
// no clock and no keys.
//
// The rules are CometBFT's for light clients, with two differences. Nothing expires: an old receipt must verify from the genesis
// even years later, so Verify tells what was signed, and a network whose validators later gave away their keys can be forged
// backwards; who fears that gives a newer checkpoint. And every signature must be right, not only two thirds, and every part
// must be in its canonical encoding, so that no byte of a bundle can be changed unnoticed.
package proof
