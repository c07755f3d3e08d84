package schedule

const (
	// ModuleName names the module.
	ModuleName = "schedule"
	// StoreKey names the module's store, as in proofs.
	StoreKey = ModuleName
)

// Prefixes of the store, never reused.
const (
	ParamsPrefix = iota
	ItemsPrefix
	WaitingPrefix
	RipePrefix
	ClockPrefix
)
