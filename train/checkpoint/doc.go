// Package checkpoint keeps the state of a training run on disk, so that a run that was killed at any
// moment goes on with the same bits.
//
// The central type is [State]; [State.Root] is its digest.
//
//	Store.Save: temporary file -> flush to disk -> rename -> flush the folder -> all but the last two go
//	Store.Load: the newest file that is whole; one that is not is named, and the one before it is taken
//
// A file is a line of text, a JSON header, the tensors as little-endian float32, and the SHA-256 of all before it.
package checkpoint
