package keeper

import (
	"fmt"

	"cosmossdk.io/collections"
	"cosmossdk.io/collections/indexes"
	"cosmossdk.io/core/address"
	"cosmossdk.io/core/store"

	"github.com/cosmos/cosmos-sdk/codec"

	"ayni.example/x/inference"
)

// offerKey is a provider's address and a model's digest.
type offerKey = collections.Pair[[]byte, []byte]

// Keeper is the register of models and offers; its fields are the schema. Addresses are keys as bytes and values as canonical
// text.
type Keeper struct {
	Schema collections.Schema
	Params collections.Item[inference.Params]
	Models collections.Map[[]byte, inference.Model]
	Offers *collections.IndexedMap[offerKey, inference.Offer, offerIndexes]

	addresses address.Codec
	providers Providers
	terms     Terms // none before the release that has them
}

// SetTerms holds offers to the terms of what they offer.
func (k *Keeper) SetTerms(t Terms) { k.terms = t }

// offerIndexes list the offers of a model; those of a provider stand together by their key.
type offerIndexes struct {
	Model *indexes.Multi[[]byte, offerKey, inference.Offer]
}

// IndexesList is what collections asks of indexes.
func (i offerIndexes) IndexesList() []collections.Index[offerKey, inference.Offer] {
	return []collections.Index[offerKey, inference.Offer]{i.Model}
}

// New returns the keeper over its store.
func New(cdc codec.BinaryCodec, service store.KVStoreService, addresses address.Codec, providers Providers) (*Keeper, error) {
	b := collections.NewSchemaBuilder(service)
	pair := collections.PairKeyCodec(collections.BytesKey, collections.BytesKey)
	k := &Keeper{
		Params: collections.NewItem(b, collections.NewPrefix(inference.ParamsPrefix), "params",
			codec.CollValue[inference.Params](cdc)),
		Models: collections.NewMap(b, collections.NewPrefix(inference.ModelsPrefix), "models", collections.BytesKey,
			codec.CollValue[inference.Model](cdc)),
		Offers: collections.NewIndexedMap(b, collections.NewPrefix(inference.OffersPrefix), "offers", pair,
			codec.CollValue[inference.Offer](cdc), offerIndexes{
				Model: indexes.NewMulti(b, collections.NewPrefix(inference.OffersByModelPrefix), "offers_by_model",
					collections.BytesKey, pair,
					func(key offerKey, _ inference.Offer) ([]byte, error) { return key.K2(), nil }),
			}),
		addresses: addresses,
		providers: providers,
	}
	schema, err := b.Build()
	if err != nil {
		return nil, fmt.Errorf("inference schema: %w", err)
	}
	k.Schema = schema
	return k, nil
}

// address reads an account in any text form and returns its bytes and its canonical text.
func (k *Keeper) address(role, text string) ([]byte, string, error) {
	b, err := k.addresses.StringToBytes(text)
	if err != nil {
		return nil, "", inference.ErrInvalid.Wrapf("%s: %s", role, err)
	}
	canonical, err := k.addresses.BytesToString(b)
	if err != nil {
		return nil, "", inference.ErrInvalid.Wrapf("%s: %s", role, err)
	}
	return b, canonical, nil
}
