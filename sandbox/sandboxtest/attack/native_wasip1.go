package main

// native has no programs here: WASI knows no processes.
func native() map[string]func([]string) error { return nil }

func special(string) {}
