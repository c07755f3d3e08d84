// Package corpus turns a folder of text, or a list of files with their digests, into windows of tokens.
//
//	Read:   folder and globs, or a list -> files, training and held out, with one digest for all
//	Stream: files in an order drawn from the seed -> tokens, with an end token between files
//	Order:  seed and epoch -> which window comes when, with no state to keep
//
// A file is held out when the SHA-256 of its path, read as a big-endian number, is divisible by the
// number that the recipe names; a list may say so itself. Paths have slashes and are relative to the folder.
package corpus
