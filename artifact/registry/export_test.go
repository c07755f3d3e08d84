package registry

// What FuzzChallenge and FuzzRange look at.
var (
	ParseChallenge = parseChallenge
	CheckRange     = checkRange
)
