// Package disputetest makes small trainings that tests dispute about: the true books of their steps, and those of somebody who lies.
// The engine's kernels make every number.
package disputetest
