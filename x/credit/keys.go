package credit

import (
	"crypto/sha256"
	"encoding/binary"
)

const (
	// ModuleName names the module and the account that holds all deposits.
	ModuleName = "credit"
	// StoreKey names the module's store, as in proofs.
	StoreKey = ModuleName
	// Denom is the one denomination; 10^18 of it make one credit.
	Denom = "acredit"
	// IDSize is the length of a channel's id.
	IDSize = sha256.Size
	// VoucherFormat is the newest format of vouchers: they name the model that they pay for.
	VoucherFormat = 2
)

// Prefixes of the store, never reused.
const (
	ParamsPrefix = iota
	IssuersPrefix
	ChannelsPrefix
	ChannelsByPayerPrefix
	ChannelsByPayeePrefix
	LanesPrefix
	SequencesPrefix
	HoldsPrefix
	NoncesPrefix
	NonceEndsPrefix
)

// channelDomain keeps a channel's id from being the digest of anything else.
const channelDomain = "ayni/channel/1\x00"

// ChannelID is the id of the channel that payer opens as its sequence-th; addresses are in the ledger's text form.
func ChannelID(chainID, payer, payee string, sequence uint64) []byte {
	b := []byte(channelDomain)
	for _, s := range []string{chainID, payer, payee} {
		b = binary.BigEndian.AppendUint32(b, uint32(len(s)))
		b = append(b, s...)
	}
	id := sha256.Sum256(binary.BigEndian.AppendUint64(b, sequence))
	return id[:]
}

// ChannelKey is where the store holds a channel, as needed to prove it.
func ChannelKey(id []byte) []byte {
	return append([]byte{ChannelsPrefix}, id...)
}

// LaneKey is where the store holds a lane, as needed to prove it.
func LaneKey(id []byte, lane uint32) []byte {
	key := binary.AppendUvarint([]byte{LanesPrefix}, uint64(len(id)))
	return binary.BigEndian.AppendUint32(append(key, id...), lane)
}
