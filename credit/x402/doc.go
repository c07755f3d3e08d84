// Package x402 pays and is paid by the x402 protocol, version 2, in credits: an answer 402 names a price in the header
// PAYMENT-REQUIRED, the request comes again with PAYMENT-SIGNATURE, and PAYMENT-RESPONSE tells what was paid.
//
// Server puts prices on the routes of an HTTP handler, Client is a transport that pays within a policy, and Facilitator lets other
// servers be paid. What a payer signs is EIP-712 typed data that x/credit checks, so that programs made for an EVM's tokens pay
// here too. A payment is checked without the ledger first; it is settled before the answer is given (scheme "exact"), or held
// before and settled by use after ("upto"). Its first use binds it to method, URL and body.
package x402
