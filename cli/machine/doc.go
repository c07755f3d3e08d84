// Package machine puts the parts of one machine together: ledger node, wallet, engines, provider, gateway, console. It holds no
// rules of its own; it makes each part, hands each what it needs, and answers the operator's API from them.
package machine
