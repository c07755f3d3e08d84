// Package llamacpp compares the exact engine with llama.cpp on the same files. [Open] gives the peer, or skips the test
// where its libraries are not installed; LLAMACPP_LIB names their folder (test/bench/llamacpp says which version).
package llamacpp
