// Package servetest helps tests of both sides of a paid job: an engine whose answers are known beforehand, and a ledger in
// memory that keeps to x/credit's own rules of channels. It proves nothing about real engines and ledgers.
package servetest
