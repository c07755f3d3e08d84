// Package simtest drives thousands of random messages of several accounts through the modules at once. A model in a few plain
// integers foretells what each message must do; after each step the ledger's balances must be the model's, and every module's
// invariants must hold. The seed is printed; SEED repeats a run, STEPS lengthens it.
package simtest
