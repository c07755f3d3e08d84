// Command llamacpp drives the shared libraries of llama.cpp as a peer: the same GGUF file gives logits and tokens to
// compare with, and processor time to race against. It is a module of its own, so that the main module does not depend
// on a foreign function interface.
//
//	llamacpp logits   MODEL IDS          logits after each of the comma-separated token ids
//	llamacpp tokenize MODEL              one JSON text per line of standard input, one array of ids per line out
//	llamacpp bench    MODEL -p 512 -n 64 CPU-seconds of prefill and decode
//	llamacpp serve    MODEL -p 512 -n 64 the same on demand, a line of standard input each
//
// The libraries are those of the npm package @node-llama-cpp/linux-x64 3.22.1; LLAMACPP_LIB or -lib names their folder
// (bins/linux-x64 in the package). Another version may have other struct layouts and end the process.
package main
