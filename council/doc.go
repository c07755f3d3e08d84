// Package council is what one organisation does for the council of validators (x/council): it founds a network together with
// others, and asks for a seat in one that runs.
//
// A founding needs no server that all trust. Each organisation makes a Request on its own machine and sends the file by any
// means; one of them gathers the requests in a Draft and freezes it into the genesis, which holds the nodes' addresses too. Everybody
// compares its digest by another way, such as a telephone, before starting from it:
//
//	Sign ──▶ Request ──▶ Draft.Add ──▶ Draft.Freeze ──▶ genesis ──▶ Open(genesis, digest)
//
// In a network that runs, a Request becomes a Message of a proposal. The package knows nothing of running nodes: chain makes and
// checks the genesis, cli/machine starts from it and proposes.
package council
