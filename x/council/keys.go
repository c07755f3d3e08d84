package council

const (
	// ModuleName names the module and the council's account.
	ModuleName = "council"
	// StoreKey names the module's store, as in proofs.
	StoreKey = ModuleName
)

// Prefixes of the store, never reused.
const (
	ParamsPrefix = iota
	SeatsPrefix
	KeysPrefix
	ToldPrefix
	MadePrefix
	ProposalsPrefix
	OpenPrefix
	VotesPrefix
)

// Kinds of what the council schedules.
const (
	KindLapse  = "council/lapse"
	KindForget = "council/forget"
)
