// Package vrf is a verifiable random function: RFC 9381's ECVRF-EDWARDS25519-SHA512-TAI. The holder of a key computes one
// output for each input, with a proof that anyone checks against the public key; nobody else can foretell it, and the holder
// cannot choose it, since no input has a second output under the same key.
//
// Keys are Ed25519 key pairs, of their own: one that also signs is not to be used here.
package vrf
