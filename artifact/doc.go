// Package artifact keeps blobs on this machine by what they are: the name of a file is the SHA-256 of its bytes.
//
// The central type is [Store].
//
//	Put: bytes -> file under partial/, hashed -> flushed -> renamed to blobs/sha256-HEX
//	Partial: the same for a download that may be broken off and resumed, by this process or a later one
//	Open, Stat, Verify: read, look up, hash again
//	Tail: the same from the end to the front, for chunks from peers, each proven by the one behind it (ayni.example/artifact/exchange)
//	Chunk: a chunk with the state of SHA-256 before it, checked, to give to others
//	Pin and CollectUnpinned: what an owner keeps, and the end of the rest; a quota makes room by itself
//	Hold and Collect: writers hold the store while their blobs have no name yet; collection deletes what nothing names
//
// A blob is there whole or not at all, whatever happens to the process or the machine. Several processes may use one store.
// What blobs mean is not known here: names and manifests of models are in ayni.example/artifact/model.
package artifact
