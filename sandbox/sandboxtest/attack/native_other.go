//go:build !linux

package main

// native has no programs here: WASI knows no processes, and no driver runs other systems.
func native() map[string]func([]string) error { return nil }

func special(string) {}
