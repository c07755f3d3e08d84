// Package chain is the ledger: the Cosmos SDK application with our modules, and a CometBFT node in this process that runs it.
//
// NewGenesis makes the first state of a new network; NewNode opens a home with a genesis and Node.Run makes or follows blocks
// until its context ends. App is the state machine alone, as tests and tools drive it: stores, then keepers (keepers.go), the
// list of modules with their orders (modules.go), the checks before each transaction (ante.go) and around each block
// (proposal.go). Package client speaks to a node, here or elsewhere.
//
// No module here writes in a block without transactions, but for what was scheduled (x/schedule), so that an idle ledger keeps
// one state and makes few blocks.
package chain
