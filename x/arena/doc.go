// Package arena holds what the ledger agrees on of arenas: a task, those who compete at it, those who measure them, and the money
// that is set aside for what is measured.
//
//	Create -> Join, Bond, Delegate -> Leave, Close
//
// This package holds the types and pure rules; keeper holds the state, module wires it into a ledger. Epochs, in which mechanisms
// score and pay, are not built yet.
package arena
