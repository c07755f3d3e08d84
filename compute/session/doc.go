// Package session is how a tenant reaches a lease on another machine: streams of protocol "/ayni/compute/1" between two peers.
//
//	tenant    open     a [Request] with a [Token]: what to do, with which lease
//	provider  ok       the answer, or the sign that data may flow; or error
//	both      data     standard input, archives, the bytes of a forwarded port; output, error output
//	tenant    resize   of the terminal
//	both      end      no more data from this side
//	provider  event, log  what happened, what was written, with the offset to go on from
//	provider  exit     the program's code: the stream's last word
//	both      ping     while there is nothing to say
//
// A token is signed by the tenant's account for one lease, one provider, one peer that presents it, some scopes and at most 15 minutes.
// Whose lease it is says the ledger, through the worker. A stream that breaks is opened again by the client where it can be gone
// on with: logs by offset, events by number.
//
// [Server] is the provider's side, registered for [Protocol]; [Client] the tenant's. Containers are the business of compute/worker.
package session
