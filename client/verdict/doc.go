// Package verdict puts together what package receipt can say of a receipt file and what package client/proof can say of the
// ledger: signed, registered, settled. Verify is pure and offline; Notary gathers the evidence from a node.
package verdict
