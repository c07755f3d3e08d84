package fee

const (
	// ModuleName names the module.
	ModuleName = "fee"
	// StoreKey names the module's store, as in proofs.
	StoreKey = ModuleName
)

// Prefixes of the store, never reused.
const (
	ParamsPrefix = iota
	MarkPrefix
	QuotasPrefix
)
