package transcript

// State shows the state to the golden vectors.
func (t *Transcript) State() [32]byte { return t.state }

// GrindNonce takes the state of the smallest nonce and shows it.
func (t *Transcript) GrindNonce(zeros uint) uint64 { return t.grind(zeros) }
