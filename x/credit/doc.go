// Package credit is the ledger's money: who may issue it, and the payment channels it moves through off the ledger.
//
// A payer locks a deposit in a Channel for one payee and signs Vouchers, each promising a greater sum than the last on its
// lane. The payee shows the newest voucher of each lane in a claim and is paid what is new. Closing by the payer starts a
// challenge period in which the payee may still claim; what is left goes back to the payer.
//
// This package holds the types and the pure rules; keeper holds the state and every change to it, module wires both into a
// ledger. The bytes that a voucher's signature covers are defined in package receipt; the off-ledger half is package credit
// at the root.
package credit
