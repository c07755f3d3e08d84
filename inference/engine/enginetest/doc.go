// Package enginetest is the conformance suite of engines: whatever implements engine.Engine passes Run.
//
// Serve puts any engine behind an HTTP server that speaks Ollama's and OpenAI's APIs through the project's own dialects,
// so that the adapters for such servers are tested against answers of a real model. It is a server for tests: no keys, no
// limits, no receipts; inference/gateway is the real one.
package enginetest
