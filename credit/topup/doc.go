// Package topup turns money from elsewhere into the prepaid balance of an API key.
//
// An order fixes a key, a sum of money and the credits it buys. An Adapter tells whoever pays how: Invoice by a transfer that the
// operator confirms, Webhook by a payment service that reports payments, signed. Till matches a payment with its order and, in one
// transaction, raises the key's budget, closes the order and writes an entry: a payment is taken once, however often it is told.
//
// What a service reports and no order fits is kept as refused, for the operator to send back. Keys themselves are the gateway's.
package topup
