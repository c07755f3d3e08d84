// Package worker runs what a lease with containers is for: the services of a deployment until the lease is closed, or the tasks of a batch.
//
// The central type is [Worker], an ayni.example/compute/lease.Worker. A lease is a deal here.
//
//	Reconcile: leases of the ledger -> a folder and a goroutine each; what runs already is adopted, not restarted
//	Provide:   the manifest that the tenant sends, when it has the digest that the order names
//	advance:   images, volumes, network, services behind those that they depend on; what ends is started again, later each time
//	checkpoint: a folder of a volume -> an artifact, now and then; another provider goes on from its digest
//	batch:     tasks -> what they leave in /out, with their log, as artifacts
//	Close:     services end, a last checkpoint is taken, volumes stay for the notice that the order demanded
//
// What a lease has done lies in its folder, and its containers go on when this process does not. Which leases there are, and what they
// cost, is the reconciler's business (compute/provider); tenants reach their lease through compute/session.
package worker
