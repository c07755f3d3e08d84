// Package tenant is the side of those who rent: it makes orders of deployment files, and looks after them until they are closed.
//
//	Spec:   what a deployment publishes -> the order that the market matches
//	Place:  a deployment -> a file that only the owner reads, since a later lease needs it again
//	Run:    the ledger's leases -> the deployment to the machine that won; checkpoints -> kept here, so that the next one goes on from them
//
// Files are read by package compute/manifest, leases are worked on by compute/worker, and compute/session is how the two meet.
package tenant
