// Package sumcheck reduces claims about sums over the corners of a cube to claims about one point of it (Lund, Fortnow,
// Karloff and Nisan, J. ACM 39, 1992): sections 5 and 6 of docs/spec/proof-1.md.
//
//	ProveProducts, VerifyProducts   batched sums of products of two polynomials (Thaler, CRYPTO 2013)
//	ProveRounds                     the first rounds of one such sum; what is left stays with the caller
//	ProveZero, VerifyZero           sums weighted with eq(u, x), whose factor is left out of the messages (Gruen, ePrint
//	                                2024/108, section 3)
//	Quadratic                       the prover's half of a round of degree two, for those who compute the round themselves
//	Table                           a polynomial by its values, while its variables are bound from the first to the last
//
// Both ends talk through Sender and Receiver: a prover's message is part of the proof because it was sent. A verifier is
// plain arithmetic with as many messages as its caller says; it cannot refuse a round, which any polynomial passes, only
// hand over the claim that is left. Who calls it compares that with the values at the point.
package sumcheck
