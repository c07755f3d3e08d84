// Package schedule is the one place where the ledger does something because time went on: leases that end, deadlines of
// disputes, wake-ups, epochs. A module registers a Kind of work and schedules items of it by name; each runs once its height
// and its time are reached, in a block's end, in bounded number and in a state of its own, so that one that fails changes
// nothing and stops nobody.
//
// This package holds the types and the pure rules; keeper holds the queues and runs the items, module wires both into a
// ledger. A module that schedules names what it needs of the keeper in its own keeper/expected.go.
package schedule
