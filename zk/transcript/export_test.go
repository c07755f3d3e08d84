package transcript

import "ayni.example/zk/field"

// State shows the state to the golden vectors.
func (t *Transcript) State() [32]byte { return t.state }

// GrindNonce takes the state of the smallest nonce and shows it.
func (t *Transcript) GrindNonce(zeros uint) uint64 { return t.grind(zeros) }

// Challenge draws an element without a nonce.
func (t *Transcript) Challenge() field.E { return t.challenge() }

// Indices draws numbers without a nonce.
func (t *Transcript) Indices(n int, log uint) []int { return t.indices(n, log) }
