// Package field holds the numbers of proofs: KoalaBear, p = 2^31 - 2^24 + 1, its quartic extension F_p[v]/(v^4-3), and
// vectors of extension elements with the loops that provers spend their time in.
//
//	Element, E            numbers; Append and Decode are their only encodings, and refuse what is not canonical
//	Vec of Block          eight elements a block, coefficient after coefficient, as processors with vectors want them
//	Eq, FoldVec, Dot      multilinear polynomials, as tables of values: the first variable is the top bit of the index
//	ProductRound,         one round of a sumcheck of a product (Thaler, Proofs, Arguments, and Zero-Knowledge, 4.1) and of
//	FractionRound         a layer of a tree of fractions (Papini and Haböck, ePrint 2023/1284, 3), with the factor eq taken
//	                      out of the round (Gruen, ePrint 2024/108, 3)
//	Matrix, DotInt8       integers of models against coefficients and activations
//
// Words are in Montgomery's form (Math. Comp. 44, 1985) with R = 2^32, below p. Every loop exists in portable Go, which
// defines the values, and for families of instructions; all give the same values. The environment variable AYNI_KERNEL
// chooses a family, as for package tensor, and the build tag purego leaves the portable one alone.
//
// Functions expect lengths that fit; as with indices, others are mistakes of the caller and panic.
package field
