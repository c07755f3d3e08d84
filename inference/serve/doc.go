// Package serve answers requests with this machine's engines, accounts for each answer with a signed receipt, and, for payers
// on the network, never gets further ahead of their payment than one slice.
//
// Server is the core: it finds the engine for a model, counts, meters, signs, and admits only as many jobs as fit. Two faces
// stand on it. Local is the gateway's backend on the same machine: no money, receipts on a lane of its own. Handler speaks
// inference/wire with payers over p2p: it checks who opens, lets credit.Payee store each voucher before it serves against it,
// and keeps finished answers for a while, so that a payer whose connection broke gets the same answer and not a second bill.
//
// The payer's half is inference/remote. Prices and registration are the business of package provider and of the ledger.
package serve
