package sumcheck

import (
	"errors"

	"ayni.example/zk/field"
)

// ErrChallenge is what a prover says where the transcript draws a zero that it would have to divide by. It happens once
// in 2^124 draws: a proof of the same statement with other randomness or another binding has another transcript.
var ErrChallenge = errors.New("a challenge is zero: bind the proof to something else")

// roundTag marks the messages of rounds in the transcript.
const roundTag = "round"

// Sender is the prover's end of a proof.
type Sender interface {
	// Send adds one message to the proof and to the transcript.
	Send(tag string, es ...field.E)
	// Challenge is drawn from all that was sent.
	Challenge() field.E
}

// Receiver is the verifier's end of a proof.
type Receiver interface {
	// Receive reads a message of n elements, and adds it to the transcript.
	Receive(tag string, n int) ([]field.E, error)
	// Challenge is drawn from all that was received. It fails where the prover did not do the work that the draw asks for.
	Challenge() (field.E, error)
}
