// Package anchored scores by sealed canaries: an evaluator has influence, and is paid, for what its reports on canaries add to the
// public prior, and a contestant's quality is the median of the influential, held against its canaries. Who copies the public scores
// adds nothing, and a majority of stake that lies loses its influence.
//
// Everything is integers: fractions are Num, of 2^-32, each product is rounded down and each quotient towards zero, so that every
// machine finds the same. The rules, with their constants, are in docs/adr/0032-arena.md.
package anchored
