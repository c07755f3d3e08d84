// Package poly evaluates the polynomials of proofs.
//
//	Domain        Reed-Solomon codes over a subgroup of the base field's units: Encode, EncodeVec, Transpose
//	Eval          a multilinear polynomial, given by its values on the cube, at a point
//	Functional    a linear form on a tensor that is a product of one Vector an axis (docs/spec/proof-1.md, section 4)
//	Interpolate   a polynomial of low degree, given by its values at 0, 1, 2, ...
//
// The fast Fourier transforms are gnark-crypto's; a code word of rate 1/b is b of them over cosets (Cooley and Tukey,
// Math. Comp. 19, 1965, with the first steps, which would meet zeros, left out).
package poly
