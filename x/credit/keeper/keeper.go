package keeper

import (
	"fmt"

	"cosmossdk.io/collections"
	"cosmossdk.io/collections/indexes"
	"cosmossdk.io/core/address"
	"cosmossdk.io/core/store"

	"github.com/cosmos/cosmos-sdk/codec"

	"ayni.example/x/credit"
)

// Keeper is the state of credit; its fields are the schema. Addresses are keys as bytes and values as canonical text.
type Keeper struct {
	Schema    collections.Schema
	Params    collections.Item[credit.Params]
	Issuers   collections.Map[[]byte, credit.Issuer]
	Channels  *collections.IndexedMap[[]byte, credit.Channel, channelIndexes]
	Lanes     collections.Map[collections.Pair[[]byte, uint32], credit.Lane]
	Sequences collections.Map[[]byte, credit.Sequence]
	// Holds and Nonces, whose value is the mark of a burnt one, are by payer and nonce; NonceEnds is by slot of the end.
	Holds     collections.Map[collections.Pair[[]byte, []byte], credit.Hold]
	Nonces    collections.Map[collections.Pair[[]byte, []byte], []byte]
	NonceEnds collections.KeySet[collections.Triple[int64, []byte, []byte]]

	addresses    address.Codec
	bank         Bank
	royalties    Royalties    // none before the release that has them
	scheduler    Scheduler    // likewise
	reservations Reservations // likewise
}

// SetRoyalties lets claims name models, whose owners and ancestors then have their share.
func (k *Keeper) SetRoyalties(r Royalties) { k.royalties = r }

// SetAuthorizations lets payers sign transfers and holds, which others carry, and agents pay from what they reserved.
func (k *Keeper) SetAuthorizations(s Scheduler, r Reservations) { k.scheduler, k.reservations = s, r }

// voucherFormat is the newest that a claim may hold.
func (k *Keeper) voucherFormat() uint32 {
	if k.royalties == nil {
		return 1
	}
	return credit.VoucherFormat
}

// channelIndexes list the channels of a payer and of a payee.
type channelIndexes struct {
	Payer *indexes.Multi[[]byte, []byte, credit.Channel]
	Payee *indexes.Multi[[]byte, []byte, credit.Channel]
}

// IndexesList is what collections asks of indexes.
func (i channelIndexes) IndexesList() []collections.Index[[]byte, credit.Channel] {
	return []collections.Index[[]byte, credit.Channel]{i.Payer, i.Payee}
}

// New returns the keeper over its store. The bank must know the module account credit.ModuleName as a minter.
func New(cdc codec.BinaryCodec, service store.KVStoreService, addresses address.Codec, bank Bank) (*Keeper, error) {
	b := collections.NewSchemaBuilder(service)
	bytesKey := collections.BytesKey
	by := func(prefix int, name string, party func(credit.Channel) string) *indexes.Multi[[]byte, []byte, credit.Channel] {
		return indexes.NewMulti(b, collections.NewPrefix(prefix), name, bytesKey, bytesKey,
			func(_ []byte, c credit.Channel) ([]byte, error) { return addresses.StringToBytes(party(c)) })
	}
	k := &Keeper{
		Params: collections.NewItem(b, collections.NewPrefix(credit.ParamsPrefix), "params",
			codec.CollValue[credit.Params](cdc)),
		Issuers: collections.NewMap(b, collections.NewPrefix(credit.IssuersPrefix), "issuers", bytesKey,
			codec.CollValue[credit.Issuer](cdc)),
		Channels: collections.NewIndexedMap(b, collections.NewPrefix(credit.ChannelsPrefix), "channels", bytesKey,
			codec.CollValue[credit.Channel](cdc), channelIndexes{
				Payer: by(credit.ChannelsByPayerPrefix, "channels_by_payer", func(c credit.Channel) string { return c.Payer }),
				Payee: by(credit.ChannelsByPayeePrefix, "channels_by_payee", func(c credit.Channel) string { return c.Payee }),
			}),
		Lanes: collections.NewMap(b, collections.NewPrefix(credit.LanesPrefix), "lanes",
			collections.PairKeyCodec(bytesKey, collections.Uint32Key), codec.CollValue[credit.Lane](cdc)),
		Sequences: collections.NewMap(b, collections.NewPrefix(credit.SequencesPrefix), "sequences", bytesKey,
			codec.CollValue[credit.Sequence](cdc)),
		Holds: collections.NewMap(b, collections.NewPrefix(credit.HoldsPrefix), "holds",
			collections.PairKeyCodec(bytesKey, bytesKey), codec.CollValue[credit.Hold](cdc)),
		Nonces: collections.NewMap(b, collections.NewPrefix(credit.NoncesPrefix), "nonces",
			collections.PairKeyCodec(bytesKey, bytesKey), collections.BytesValue),
		NonceEnds: collections.NewKeySet(b, collections.NewPrefix(credit.NonceEndsPrefix), "nonce_ends",
			collections.TripleKeyCodec(collections.Int64Key, bytesKey, bytesKey)),
		addresses: addresses,
		bank:      bank,
	}
	schema, err := b.Build()
	if err != nil {
		return nil, fmt.Errorf("credit schema: %w", err)
	}
	k.Schema = schema
	return k, nil
}

// address reads an account in any text form and returns its bytes and its canonical text.
func (k *Keeper) address(role, text string) ([]byte, string, error) {
	b, err := k.addresses.StringToBytes(text)
	if err != nil {
		return nil, "", credit.ErrInvalid.Wrapf("%s: %s", role, err)
	}
	canonical, err := k.addresses.BytesToString(b)
	if err != nil {
		return nil, "", credit.ErrInvalid.Wrapf("%s: %s", role, err)
	}
	return b, canonical, nil
}
