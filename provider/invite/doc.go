// Package invite brings a new machine into a network. The inviter makes a Token that works once and for a while; the joiner
// decodes it, dials the inviter, whose identity the token names, and gets the network's genesis, whose digest the token names,
// and where to follow the ledger. The inviter grants credits to the joiner's account before it answers.
//
// The secret in a token is stored hashed, so that a copy of the inviter's database joins nobody.
package invite
