// Package e2e runs the real binary as real processes: one machine, two machines in network namespaces, stock clients, kills at
// random instants, and networks of four validators (package cluster) in scenarios and under random faults for AYNI_FAULT_TIME.
//
// Tests run beside each other, four at a time in make e2e: each begins with t.Parallel, has namespaces, ports and homes of its
// own, and bounds its waits for a busy machine. What computes rather than waits is niced.
//
// AYNI_BIN names the binary and AYNI_FAULT_BIN one built with the tag faults (make e2e sets both); AYNI_SEED repeats a run;
// OLLAMA_BIN names an Ollama to serve behind the provider in place of another gateway of this program.
package e2e
