// Package keeper holds the queues of the schedule: what modules put into them (schedule.go), what a block takes out (block.go)
// and how one item runs (run.go).
package keeper
