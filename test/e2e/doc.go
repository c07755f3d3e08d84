// Package e2e runs the real binary as real processes: one machine, two machines in network namespaces, stock clients, kills at
// random instants. AYNI_BIN names the binary (make e2e sets it); OLLAMA_BIN names an Ollama to serve behind the provider in place of another gateway of this program.
package e2e
