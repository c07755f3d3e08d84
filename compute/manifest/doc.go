// Package manifest reads the file that says what a tenant wants to run on a rented machine.
//
// The central type is [Deployment]. [Parse] reads either of two formats into it: our own YAML, and Akash's SDL 2.0 and 2.1. Everything
// that a format has is carried into the deployment or refused at its line and column with its reason; nothing is overlooked.
//
//	Open, Parse:    a file -> a Deployment, or Errors with their places and hints
//	Salted, Encode: -> the bytes that go to the provider that won, and to nobody else
//	Public:         -> what stands in the order on the ledger: resources, attributes, price, and the digest of those bytes
//	Decode:         the bytes -> the Deployment, checked as if a stranger had written it
//
// The digest covers secrets too; the salt keeps it from being an oracle for them. Placing orders, running containers and fetching
// images are not known here.
package manifest
