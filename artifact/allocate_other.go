//go:build !linux

package artifact

import "os"

// allocate leaves the room to the writes.
func allocate(*os.File, int64) error { return nil }
