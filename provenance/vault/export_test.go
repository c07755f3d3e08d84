package vault

// ReadKeyring is readKeyring, for the fuzzer.
var ReadKeyring = readKeyring
