package vrf

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha512"
	"errors"
	"fmt"
	"math"

	"filippo.io/edwards25519"
)

const (
	// OutputSize is the length of an output.
	OutputSize = sha512.Size
	// ProofSize is the length of a proof: a point, a challenge and a scalar.
	ProofSize = pointSize + challengeSize + scalarSize

	pointSize     = 32
	challengeSize = 16
	scalarSize    = 32

	// suite names the algorithm in every hash; the numbers after it keep the hashes apart.
	suite                                               = 3
	domainCurve, domainChallenge, domainOutput, closing = 1, 2, 3, 0
)

var (
	// ErrKey is a public or private key that is none, or one of the few whose outputs are no secret.
	ErrKey = errors.New("not a key of a verifiable random function")
	// ErrProof is a proof that does not show the output of this key for this input.
	ErrProof = errors.New("proof of a random output is false")
)

// Prove computes the output of key for input and a proof of it.
func Prove(key ed25519.PrivateKey, input []byte) (output [OutputSize]byte, proof []byte, err error) {
	if len(key) != ed25519.PrivateKeySize {
		return output, nil, fmt.Errorf("%w: it has %d bytes, not %d", ErrKey, len(key), ed25519.PrivateKeySize)
	}
	expanded := sha512.Sum512(key.Seed())
	secret, err := new(edwards25519.Scalar).SetBytesWithClamping(expanded[:32])
	if err != nil {
		return output, nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	public := new(edwards25519.Point).ScalarBaseMult(secret).Bytes()
	base, err := onCurve(public, input)
	if err != nil {
		return output, nil, err
	}
	gamma := new(edwards25519.Point).ScalarMult(secret, base)
	// The nonce is a function of key and input, as in Ed25519: one that repeats for two inputs would tell the key.
	digest := sha512.Sum512(append(bytes.Clone(expanded[32:]), base.Bytes()...))
	nonce, err := new(edwards25519.Scalar).SetUniformBytes(digest[:])
	if err != nil {
		return output, nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	u := new(edwards25519.Point).ScalarBaseMult(nonce)
	v := new(edwards25519.Point).ScalarMult(nonce, base)
	challenge := challengeOf(public, base, gamma, u, v)
	c, err := scalarOf(challenge)
	if err != nil {
		return output, nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	s := new(edwards25519.Scalar).MultiplyAdd(c, secret, nonce)
	proof = append(append(gamma.Bytes(), challenge...), s.Bytes()...)
	return outputOf(gamma), proof, nil
}

// Verify checks that proof shows the output of the key public for input, and returns that output.
func Verify(public ed25519.PublicKey, input, proof []byte) (output [OutputSize]byte, err error) {
	y, err := CheckKey(public)
	if err != nil {
		return output, err
	}
	gamma, challenge, s, err := decode(proof)
	if err != nil {
		return output, err
	}
	c, err := scalarOf(challenge)
	if err != nil {
		return output, fmt.Errorf("%w: %w", ErrProof, err)
	}
	base, err := onCurve(public, input)
	if err != nil {
		return output, err
	}
	// Points are negated and not scalars, since a negated scalar is another one for points outside the prime-order group.
	y.Negate(y)
	minus := new(edwards25519.Point).Negate(gamma)
	u := new(edwards25519.Point).VarTimeDoubleScalarBaseMult(c, y, s)
	v := new(edwards25519.Point).VarTimeMultiScalarMult(
		[]*edwards25519.Scalar{s, c}, []*edwards25519.Point{base, minus})
	if !bytes.Equal(challenge, challengeOf(public, base, gamma, u, v)) {
		return output, fmt.Errorf("%w: the challenge differs", ErrProof)
	}
	return outputOf(gamma), nil
}

// Output is what a proof shows if it is true; it does not check that.
func Output(proof []byte) (output [OutputSize]byte, err error) {
	gamma, _, _, err := decode(proof)
	if err != nil {
		return output, err
	}
	return outputOf(gamma), nil
}

// CheckKey refuses keys in another form than the one, and those of small order, of which anybody knows the outputs.
func CheckKey(public ed25519.PublicKey) (*edwards25519.Point, error) {
	point, err := decodePoint(public)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	if isIdentity(new(edwards25519.Point).MultByCofactor(point)) {
		return nil, fmt.Errorf("%w: it has a small order", ErrKey)
	}
	return point, nil
}

// onCurve is a point of prime order that key and input name; no one knows its logarithm. It tries hashes until one is a point,
// half of which are.
func onCurve(public, input []byte) (*edwards25519.Point, error) {
	text := append([]byte{suite, domainCurve}, public...)
	text = append(text, input...)
	for try := range math.MaxUint8 + 1 {
		digest := sha512.Sum512(append(bytes.Clone(text), byte(try), closing))
		point, err := decodePoint(digest[:pointSize])
		if err != nil {
			continue
		}
		if point.MultByCofactor(point); !isIdentity(point) {
			return point, nil
		}
	}
	return nil, fmt.Errorf("%w: no point for this input", ErrProof) // once in 2^256
}

func challengeOf(public []byte, points ...*edwards25519.Point) []byte {
	text := append([]byte{suite, domainChallenge}, public...)
	for _, p := range points {
		text = append(text, p.Bytes()...)
	}
	digest := sha512.Sum512(append(text, closing))
	return digest[:challengeSize]
}

// outputOf removes what a dishonest prover may have added to gamma, so that there is one output.
func outputOf(gamma *edwards25519.Point) [OutputSize]byte {
	cleared := new(edwards25519.Point).MultByCofactor(gamma)
	return sha512.Sum512(append(append([]byte{suite, domainOutput}, cleared.Bytes()...), closing))
}

func decode(proof []byte) (gamma *edwards25519.Point, challenge []byte, s *edwards25519.Scalar, err error) {
	if len(proof) != ProofSize {
		return nil, nil, nil, fmt.Errorf("%w: it has %d bytes, not %d", ErrProof, len(proof), ProofSize)
	}
	if gamma, err = decodePoint(proof[:pointSize]); err != nil {
		return nil, nil, nil, fmt.Errorf("%w: %w", ErrProof, err)
	}
	if s, err = new(edwards25519.Scalar).SetCanonicalBytes(proof[pointSize+challengeSize:]); err != nil {
		return nil, nil, nil, fmt.Errorf("%w: %w", ErrProof, err)
	}
	return gamma, proof[pointSize : pointSize+challengeSize], s, nil
}

// decodePoint refuses the second forms that some points have, which the library takes.
func decodePoint(raw []byte) (*edwards25519.Point, error) {
	point, err := new(edwards25519.Point).SetBytes(raw)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(point.Bytes(), raw) {
		return nil, errors.New("point is not in its canonical form")
	}
	return point, nil
}

func scalarOf(challenge []byte) (*edwards25519.Scalar, error) {
	return new(edwards25519.Scalar).SetCanonicalBytes(append(bytes.Clone(challenge), make([]byte, scalarSize-challengeSize)...))
}

func isIdentity(p *edwards25519.Point) bool { return p.Equal(edwards25519.NewIdentityPoint()) == 1 }
