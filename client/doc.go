// Package client speaks to the ledger through CometBFT's RPC, to the node in this process or to one behind HTTP alike.
//
// Client is bound to one account: Submit signs messages, sends them in the order of the account's sequence and waits until
// they are in a block. Reads are typed and answer from the latest state. Failures are of a few kinds (errors.go): out of
// credits, ledger out of reach, refused with a code, or sent and not yet seen in a block.
//
// Proofs of state for people who trust no node are in package client/proof; the messages are in the packages under x.
package client
