// Package fee is what a transaction pays for its place in a block: a price of gas that rises while blocks are full and falls
// back to its floor when they are not, and quotas for accounts that owe no fee.
//
// Nothing is written while the ledger is idle. A Mark remembers the last block that moved the price; what has become of the
// price since is computed from the blocks and the seconds that have passed. A Quota counts by account and begins a new period
// with the first use after the last one ended.
//
// This package holds the types and the pure rules; keeper holds the state, module wires both into a ledger. The checks that
// apply the rules to transactions are in package chain, the side of those who pay in package client.
package fee
