// Package cli is the command line: nouns then verbs, --json everywhere, data on standard output and talk on standard error.
//
// Most commands talk to the process that runs on the home (`ayni up`) over its operator API; those that must work without it
// (verify, wallet, key, version, doctor) open the home themselves. What the process itself does is put together in package
// cli/machine; there is no logic here beyond flags, calls and printing.
package cli
