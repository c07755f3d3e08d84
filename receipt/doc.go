// Package receipt defines what an answer is accounted by: the receipt that its provider signs, the voucher that pays for it,
// and the chain that a lane's receipts form. It is pure: no network, no ledger; proofs that an entry stands on the ledger are
// checked by package client/proof.
//
// The flow: a provider assigns an id and quotes; the payer's vouchers pay slice by slice; the provider signs the Receipt; the
// next voucher carries the lane's new head, and a claim of that voucher anchors the receipt on the ledger.
package receipt
