//go:build !faults

package training

import (
	"ayni.example/artifact"
	"ayni.example/train/checkpoint"
)

// lie is what a machine that was built to be caught tells of a training: nothing here.
type lie struct{}

func newLie() *lie { return &lie{} }

func (*lie) told(_ uint64, root [32]byte, state *checkpoint.State) ([32]byte, *checkpoint.State) {
	return root, state
}

func (*lie) kept(uint64, *artifact.Store, artifact.Digest) error { return nil }
