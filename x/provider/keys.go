package provider

const (
	// ModuleName names the module and the account that holds all bonds.
	ModuleName = "provider"
	// StoreKey names the module's store, as in proofs.
	StoreKey = ModuleName
)

// Prefixes of the store, never reused.
const (
	ParamsPrefix = iota
	ProvidersPrefix
	ReceiptKeysPrefix
	PeersPrefix
)

// EntryKey is where the store holds the provider with the address addr, as needed to prove it.
func EntryKey(addr []byte) []byte {
	return append([]byte{ProvidersPrefix}, addr...)
}
