// Package lease is what a provider's reconciler and its workers say to each other about leases that the ledger gave to this machine.
//
// The reconciler (package compute/provider) reads the ledger and sends its messages; a [Worker] does the work of one kind of lease and
// never speaks to the ledger. What is not known is kept: a lease that is absent from a list stays, only Close ends one.
package lease

import (
	"context"
	"encoding/hex"
	"fmt"

	"ayni.example/x/compute"
)

// Assignment is a lease with what its order says.
type Assignment struct {
	Lease    compute.Lease
	Spec     compute.Spec
	Progress compute.Progress // of training, when the lease began
}

// ID is the lease's id as text.
func (a Assignment) ID() string { return ID(a.Lease.ID) }

// ID is a lease's id as text, as workers and people write it.
func ID(id []byte) string { return hex.EncodeToString(id) }

// Phase is where the work of a lease stands on this machine.
type Phase string

// The phases, in their order. A lease may go back from Running to Starting when its program is started again.
const (
	Waiting  Phase = "waiting"  // for what the tenant must send
	Fetching Phase = "fetching" // images or data
	Starting Phase = "starting"
	Running  Phase = "running"
	Done     Phase = "done"   // the program has ended and the lease is to end with it, or all of a batch or a training is delivered
	Failed   Phase = "failed" // for Reason; the worker does no more
)

// Status is what a worker says of a lease.
type Status struct {
	Phase  Phase
	Ready  bool           // it has run: the ledger may be told that it starts. It stays true
	Reason compute.Reason // of Failed: one that a provider may give a lease up for
	Detail string         // for people
}

// Worker does the work of leases. Its methods may be called concurrently, and none waits for work to be done.
type Worker interface {
	// Units are what it takes work by.
	Units() []compute.Unit
	// Decline says why it would not do the work of an order, or ReasonUnspecified.
	Decline(order compute.Order) compute.Reason
	// Reconcile makes sure that these leases are worked on. It adopts what runs already and restarts nothing; leases that are
	// not in the list stay as they are.
	Reconcile(ctx context.Context, leases []Assignment) error
	// Close ends a lease here and removes what it leaves, since the ledger says that it is closed.
	Close(ctx context.Context, id string, reason compute.Reason) error
	// Leases are the ids of all that it holds.
	Leases() []string
	// Status tells where one stands; false when it does not hold it.
	Status(id string) (Status, bool)
}

// ParseID is the id that ID wrote.
func ParseID(text string) ([]byte, error) {
	id, err := hex.DecodeString(text)
	if err != nil || len(id) != compute.LeaseIDSize {
		return nil, fmt.Errorf("%q is no id of a lease", text)
	}
	return id, nil
}
