// Package provider lends this machine out: it announces what the machine has, bids for orders, and keeps the leases that it was given.
//
// The central type is [Provider]. It has two loops, which share nothing:
//
//	market: open orders -> what fits, at a price of [Pricer] -> bids; what does not suit is declined with its reason
//	leases: what the ledger says -> workers of package lease; what they say -> starts, results, commitments, settlements, closes
//
// Nothing is remembered between runs: the ledger knows bids and leases, workers know what runs. What is not known is kept: no lease
// ends here because a query failed or a process was started again; only the ledger's word that it is closed ends one.
//
// Inventory is in look.go and gpu.go, the benchmark behind it in score.go, prices in price.go and script.go. Rules of the market
// are x/compute's; containers and training are compute/worker's and compute/training's.
package provider
