// Package disputesim lets the services of defenders, auditors and challengers play over the ledger's own state, while messages are lost,
// processes restart, machines are away, states cannot be fetched and the ledger sleeps. Trainings are small and real; only the network
// and the passing of time are simulated. The seed is printed; SEED repeats a run, RUNS lengthens it.
package disputesim
