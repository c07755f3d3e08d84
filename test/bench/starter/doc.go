// Command starter measures the embedded starter model on Go source that it was not trained on.
//
//	go run ./test/bench/starter [-n 200] [-files 0] [-seed 1] [-json] [-v] [-goroot DIR] [-model FILE]
//
// Two things are measured, each beside peers that saw the same training files:
//
// Bits per byte of the held-out files (bits.go): the model through the exact engine, order-3 and
// order-5 byte models with back-off (ngram.go), and xz -9. The text of a file is what corpus.go
// leaves of it. The model sees at most its context length, so every file is cut into windows; a
// window scores only the tokens that the one before has not. The byte models see the whole
// training text and the preceding bytes of the same file. All of them are static: none learns
// from the held-out files, save xz, which is a compressor and always adapts.
//
// Completed statements (prefix.go, complete.go, judge.go): from seeded positions at the start of
// a statement inside a function body of a held-out file, greedy completion until that statement
// ends, and go/parser decides. That a statement parses says that it looks like Go, not that it is
// right: a single identifier parses. So the share that begins with the very line that the author
// wrote stands beside it, and so do the same shares of peers: the order-5 byte model, greedy and
// sampled, and a line drawn at random from the training files.
//
// The rule of the verdict: the completion runs to the newline that ends a statement while no
// bracket is open, at most 64 tokens (160 bytes for the byte models). At the bound its whole lines
// count, with the braces closed that it opened itself: that is kind to a block that repeats itself
// for ever, so those that parse and end by themselves are printed too. The text must parse as the
// body of a function that holds at least one statement. A completion that is empty,
// only a comment or an unfinished line, or that closes a bracket that it did not open, has failed.
//
// The corpus is not in the repository: it is read from GOROOT and checked against
// tensor/starter/corpus.txt file by file.
package main
