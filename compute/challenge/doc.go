// Package challenge finds out whether a machine is as fast as it says: it is given work that can be checked exactly, against the clock.
//
// The work is a number of products of matrices drawn from a seed that the challenger chooses. The answer is a digest of every band of
// 32 rows. The exact engine computes a band alone to the same bits, so that the challenger checks a few bands, drawn after the answer, for
// a thousandth of the work.
//
//	challenger  hello              how much; the answer to it measures the way there and back
//	provider    ready, or busy
//	challenger  seed               the clock starts
//	provider    digests            the clock stops
//
// A machine can have another one do the work: what is shown is what it commands. A machine that is at work for others is slower. The
// verdict is the challenger's own knowledge; nothing on the ledger follows from it.
package challenge
