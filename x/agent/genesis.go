package agent

// DefaultGenesis is the state of a new ledger: no agent.
func DefaultGenesis() *GenesisState { return &GenesisState{Params: DefaultParams()} }

// Validate checks the genesis without any state.
func (g *GenesisState) Validate() error { return g.Params.Validate() }
