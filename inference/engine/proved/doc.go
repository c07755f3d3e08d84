// Package proved answers predictions with proofs: it runs the models of a folder of bundles (zk/bundle) and proves each answer.
//
// Flow: New(Config) reads the folder when it is asked for models; Generate proves; Check verifies what another machine proved.
package proved

// Build names the profile of the proofs: docs/spec/proof-1.md.
const Build = "ayni-proof/1"
