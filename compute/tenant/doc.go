// Package tenant is the side of those who rent: it makes orders of deployment files.
//
// [Spec] turns what a deployment publishes into what the market matches. Files are read by package compute/manifest, leases are worked
// on by package compute/worker.
package tenant
