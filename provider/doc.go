// Package provider is a machine's identity towards the network: Registrar keeps what the ledger says of it equal to what it is
// and offers. Package invite brings new machines in. The rules are in x/provider and x/inference; serving is inference/serve.
package provider
