// Package credit moves money between machines without a transaction for each answer: it pays and is paid by vouchers.
//
// Payer opens a channel on the ledger for each payee and hands out its lanes, one job at a time each; Payee accepts vouchers
// and signs receipts; Watchtower claims the vouchers in time. All three keep their state in Store, one SQLite file. The rules:
//
//   - Who promises writes first: a payer stores a voucher before sending it, a payee before serving against it, and a
//     finished receipt before showing it.
//   - The totals of a lane's receipts add up to the cumulative amount of its last voucher, except while a job is open. A job
//     that one side left stays open until the payer comes back (Payee.Resume) or the channel ends; then what was paid for it
//     becomes an aborted receipt. Nobody decides earlier, since the payer may hold a voucher that did not arrive.
//   - Neither side is ever more than one slice ahead of the other.
//
// A job: PayerLane.Open → Payee.Resume → PayerLane.Adopt → PayeeLane.Begin → PayerLane.Begin → (PayerLane.Voucher →
// PayeeLane.Accept)* → PayeeLane.Complete → PayerLane.Complete → PayeeLane.Settle. Who carries these between machines is not
// this package's business. Keys are in package credit/keystore; the ledger's half is x/credit.
package credit
