// Package e2e runs the real binary as real processes: one machine, two machines in network namespaces, stock clients, kills at
// random instants. AYNI_BIN names the binary (make e2e sets it); AYNI_OLLAMA_URL or AYNI_OPENAI_URL adds a real foreign server.
package e2e
