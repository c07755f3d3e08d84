//go:build !linux

package oci

import (
	"os"

	"ayni.example/sandbox"
)

// There are no containers but on Linux: control groups are not found, and the driver says so.
const (
	mountInfo   = ""
	nonBlocking = 0
)

func mountScratch(string, int64, int, int) error { return sandbox.ErrUnavailable }
func mountInput(string, string) error            { return sandbox.ErrUnavailable }
func mountFolder(string, string) error           { return sandbox.ErrUnavailable }
func mountOverlay(_, _, _, _ string) error       { return sandbox.ErrUnavailable }
func unmount(string) error                       { return nil }
func scratchUse(string) (int64, bool)            { return 0, false }
func takeLock(string) (*os.File, error)          { return nil, sandbox.ErrUnavailable }
func killProcess(int) error                      { return sandbox.ErrUnavailable }
func openFiles() uint64                          { return 1024 }
func userNamespaces() bool                       { return false }
