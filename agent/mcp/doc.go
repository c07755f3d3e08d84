// Package mcp lets programs that speak the Model Context Protocol use the network: ask a model and check the receipt, look at
// trainings, hire an agent.
//
// The central type is Endpoint, one HTTP path that speaks both ways which the protocol has: revisions up to 2025-11-25 in sessions, and
// 2026-07-28 without any. Who asks is the gateway's to find out; Endpoint binds a session to that caller, and a tool works in the name
// of whoever sent this very request. NewNetwork makes the server with the tools of a network, NewAgents the one of a single agent.
//
// It neither knows keys nor the ledger: what tools do comes in through interfaces. The vault has an endpoint of its own
// (provenance/vault/endpoint), because it opens to tokens instead of callers.
package mcp
