package beacon

import (
	"bytes"
	"encoding/binary"

	"ayni.example/internal/canon"
	"ayni.example/internal/vrf"
)

const (
	// EntrantsMax bounds how many seats take part in a round.
	EntrantsMax = 128
	// DomainMax bounds a consumer's domain.
	DomainMax = 128
	// OutputSize is the length of inputs, outputs and draws.
	OutputSize = 32
)

// What is hashed and proved, apart from each other.
const (
	inputDomain      = "ayni/beacon/input/1"
	proofDomain      = "ayni/beacon/round/1"
	outputDomain     = "ayni/beacon/output/1"
	drawDomain       = "ayni/beacon/draw/1"
	possessionDomain = "ayni/beacon/possession/1"
)

// Input is what a round's entrants prove: fixed by the round before and by when this one opens.
func Input(chainID string, round uint64, seed []byte, height int64) [OutputSize]byte {
	return canon.Sum(inputDomain, []byte(chainID), number(round), seed, number(uint64(height)))
}

// Alpha is a round's input in the form that a key's function is computed of.
func Alpha(input []byte) []byte {
	sum := canon.Sum(proofDomain, input)
	return sum[:]
}

// Possession is what a key's function is computed of to show that the operator holds it.
func Possession(chainID string, operator []byte) []byte {
	sum := canon.Sum(possessionDomain, []byte(chainID), operator)
	return sum[:]
}

// Draw is a consumer's own number of a round; no two domains share one.
func Draw(output []byte, domain string) [OutputSize]byte {
	return canon.Sum(drawDomain, output, []byte(domain))
}

// Open tells whether the round still waits for proofs.
func (r Round) Open() bool { return r.ClosedHeight == 0 }

// Contributions counts the proofs that are in.
func (r Round) Contributions() int {
	n := 0
	for _, e := range r.Entrants {
		if len(e.Proof) > 0 {
			n++
		}
	}
	return n
}

// Contribute takes an entrant's proof, unless it is false or in already.
func (r *Round) Contribute(p Proof) error {
	if int(p.Entrant) >= len(r.Entrants) {
		return ErrEntry.Wrapf("round %d has no entrant %d", r.Number, p.Entrant)
	}
	e := &r.Entrants[p.Entrant]
	if len(e.Proof) > 0 {
		return ErrEntry.Wrapf("proof of %s for round %d is in already", e.Operator, r.Number)
	}
	if _, err := vrf.Verify(e.Key, Alpha(r.Input), p.Proof[:]); err != nil {
		return ErrEntry.Wrapf("proof of %s for round %d: %s", e.Operator, r.Number, err)
	}
	e.Proof = p.Proof[:]
	return nil
}

// Sum is the output of the proofs that are in, none where there is none. Contribute has checked them.
func (r Round) Sum() ([]byte, error) {
	parts := [][]byte{r.Input}
	for i, e := range r.Entrants {
		if len(e.Proof) == 0 {
			continue
		}
		output, err := vrf.Output(e.Proof)
		if err != nil {
			return nil, ErrInvariant.Wrapf("proof of %s in round %d: %s", e.Operator, r.Number, err)
		}
		parts = append(parts, number(uint64(i)), output[:])
	}
	if len(parts) == 1 {
		return nil, nil
	}
	sum := canon.Sum(outputDomain, parts...)
	return sum[:], nil
}

// Verify tells whether the round's proofs are true and its output is theirs, as anyone checks it who has the round from the
// state; the keys are those that the state names.
func (r Round) Verify() error {
	if err := r.Validate(); err != nil {
		return err
	}
	for _, e := range r.Entrants {
		if len(e.Proof) == 0 {
			continue
		}
		if _, err := vrf.Verify(e.Key, Alpha(r.Input), e.Proof); err != nil {
			return ErrInvalid.Wrapf("proof of %s in round %d: %s", e.Operator, r.Number, err)
		}
	}
	sum, err := r.Sum()
	if err == nil && !r.Open() && !bytes.Equal(sum, r.Output) {
		return ErrInvalid.Wrapf("output of round %d is not that of its proofs", r.Number)
	}
	return err
}

// Missing lists the operators whose proofs are not in.
func (r Round) Missing() []string {
	var list []string
	for _, e := range r.Entrants {
		if len(e.Proof) == 0 {
			list = append(list, e.Operator)
		}
	}
	return list
}

// Quorum is how many of n must have contributed before a round closes without the rest: two thirds, rounded up.
func Quorum(n int) int { return (2*n + 2) / 3 }

// Validate checks the round's form without any state; its proofs are checked where the output is computed.
func (r Round) Validate() error {
	switch {
	case r.Number == 0:
		return ErrInvalid.Wrap("rounds are numbered from 1")
	case len(r.Input) != OutputSize:
		return ErrInvalid.Wrapf("input of round %d has %d bytes", r.Number, len(r.Input))
	case len(r.Entrants) == 0 || len(r.Entrants) > EntrantsMax:
		return ErrInvalid.Wrapf("round %d has %d entrants", r.Number, len(r.Entrants))
	case r.OpenedHeight < 1 || r.ClosedHeight < 0 || r.ClosedHeight > 0 && r.ClosedHeight < r.OpenedHeight:
		return ErrInvalid.Wrapf("round %d opened at %d and closed at %d", r.Number, r.OpenedHeight, r.ClosedHeight)
	case r.Open() && len(r.Output) > 0 || !r.Open() && (r.Contributions() > 0) != (len(r.Output) == OutputSize):
		return ErrInvalid.Wrapf("round %d has an output of %d bytes", r.Number, len(r.Output))
	}
	seen := map[string]bool{}
	for _, e := range r.Entrants {
		if err := CheckKey(e.Key); err != nil {
			return err
		}
		if len(e.Proof) != 0 && len(e.Proof) != vrf.ProofSize {
			return ErrInvalid.Wrapf("a proof in round %d has %d bytes", r.Number, len(e.Proof))
		}
		if e.Operator == "" || seen[e.Operator] || seen[string(e.Key)] {
			return ErrInvalid.Wrapf("%s or its key takes part in round %d twice", e.Operator, r.Number)
		}
		seen[e.Operator], seen[string(e.Key)] = true, true
	}
	return nil
}

func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
