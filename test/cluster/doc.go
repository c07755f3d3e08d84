// Package cluster runs a network of several validators on one machine: each in a network namespace and a home of its own, as a
// process of its own, joined by package delay.
//
// New founds the network and makes namespaces, homes and, when asked, slow disks; Start runs the processes. A Node is killed,
// paused, stopped and started again; its RPC is reached in its own namespace, so that a partition does not part it from the
// test. Watch follows every node's blocks and finds two of one height; Load keeps sending transactions. Close ends all.
package cluster
