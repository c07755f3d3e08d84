// Package lineage writes down what every artefact of this machine was made from, as a side effect of making it.
//
// The central type is [Book], a folder of the home with one record for each content.
//
//	Record:  an artefact, its parents and the job -> manifest, Model Signing bundle, SLSA statement and bill, in the book and beside the artefact
//	Private: the same for data whose digest must not be known: its content is a salted commitment
//	Plan:    contents that are about to be used on a ledger -> the registrations that are still missing there, parents first
//
// A manifest names its parents by their ids on the ledger, and somebody may have registered a parent under another manifest; so
// records name parents by content, and Plan makes the manifests anew from what the ledger says. Who signs and who sends is the caller's.
package lineage
