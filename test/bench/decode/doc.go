// Command decode compares decoding and prefill with llama.cpp, one thread each, in tokens per second of processor time, for
// every format of weights, and names the limit beside each figure: what this machine reads from memory, or multiplies.
//
//	go run ./test/bench/decode [-json] [-rounds N] [-only WORDS] [-peer PROGRAM -lib FOLDER]
//
// The models are written by this program: the shape of the starter, and one of 123 M parameters. Both engines load the same
// file and take turns, so that they see the same machine; a figure is the median of its rounds and a ratio the median of the
// ratios within a round. The peer is test/bench/llamacpp (a module of its own; its doc says which libraries it needs).
// Without -lib and LLAMACPP_LIB only our figures are measured. AYNI_KERNEL chooses our kernels.
package main
