// Package council is who makes blocks and who decides: the seats of a network's organisations.
//
// A Seat is an operator's account, a consensus key and a power; the active ones are the validators. A Proposal carries messages
// of the council's own account, which is the authority and may be the admin of every other module; they take effect together
// once over two thirds of the active power say yes. Evidence of signing twice, and a long absence, jail a seat without anybody's
// vote. A seat cannot be sold or lent: nothing here moves one but the council itself.
//
// This package holds the types and the pure rules; keeper holds the state and every change to it, module wires both into a
// ledger and tells consensus of the validators.
package council
