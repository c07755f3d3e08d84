// Package payout moves money by proven answers: a payer locks credits for what a model says of a subject, and the beneficiary
// collects what the verified value comes to. It is the reference for modules that act on answers: it reads verified values
// through zkml's Check and knows nothing of proofs.
//
// This package holds the types and the pure rules; keeper holds the state, module wires both into a ledger.
package payout
