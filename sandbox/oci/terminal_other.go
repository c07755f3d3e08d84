//go:build !linux

package oci

import (
	"os"

	"ayni.example/sandbox"
)

func openTerminal() (ours, theirs *os.File, err error) { return nil, nil, sandbox.ErrUnavailable }
func setSize(*os.File, sandbox.Size) error             { return sandbox.ErrUnavailable }
