package verifier

import (
	"errors"
	"fmt"
)

// The reasons for which Verify refuses; no others exist. What is wrapped around them says where.
var (
	ErrStatement  = errors.New("the statement is not one that a proof can have")
	ErrParameters = errors.New("the parameters are not sound enough")
	ErrLinear     = errors.New("section 5: the values of a linear step do not add up")
	ErrProduct    = errors.New("section 5: the products are not those of weights and readings")
	ErrPublic     = errors.New("section 4: a value is not that of the public input or output")
	ErrZero       = errors.New("section 6: a zero check fails")
	ErrFractions  = errors.New("section 6: the tree of fractions does not add up")
	ErrLeaves     = errors.New("section 6: the leaves are not those of the circuit's lookups")
	ErrWitness    = errors.New("section 7: the witness does not have the claimed values")
	ErrWeights    = errors.New("section 7: the weights do not have the claimed values")
	ErrOpening    = errors.New("section 8: the commitments do not open to the claimed values")
	ErrLength     = errors.New("section 9: the proof goes on after its end")
)

// refuse names the section in which a message could not be read or did not check.
func refuse(section, cause error) error { return fmt.Errorf("%w: %w", section, cause) }
