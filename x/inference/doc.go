// Package inference is the register of models and of who serves them at what price.
//
// Anybody registers a Model, once, under the digest of its weights. An active provider makes an Offer of a registered model: a
// price per token in and out, what it can do and how its answers are assured. Clients read offers, choose one, and pay through
// a channel of x/credit; no request and no answer ever reaches the ledger.
//
// This package holds the types and the pure rules; keeper holds the state and every change to it, module wires both into a
// ledger. The off-ledger half is package inference at the root.
package inference
