//go:build !amd64 || purego

package hash

import "ayni.example/zk/field"

// lanes is how many messages are hashed at once: more than one nowhere but on amd64.
const lanes = 1

func wide() bool { return false }

func columnsWide([]Sum, byte, []field.Element, int, int) {}

func nodesWide([]Sum, byte, []Sum, int) {}

func nonceWide(*Nonced, uint, uint64, uint64) (uint64, bool) { return 0, false }
