// Package compute is the market of machines: what providers announce, tenants order and leases pay. Its Order goes from open to
// leased to closed, its Lease from matched to active to closed; Fit says why an order does not fit a machine. The keeper moves
// the money.
//
// Which bids a provider makes, and what runs in a lease, is not the ledger's: see package ayni.example/compute. Whether a segment of
// training is true is x/referee's to say.
package compute
