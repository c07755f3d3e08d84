// Package ledgertest runs the modules on a bare ledger for tests: the real keepers, bank and message router over a store in
// memory, without consensus, transactions or fees. Whole-ledger tests belong to package chain.
package ledgertest
