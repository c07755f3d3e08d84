package verdict

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/cosmos/cosmos-sdk/codec"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	"github.com/cosmos/gogoproto/proto"

	proofs "ayni.example/client/proof"
	"ayni.example/internal/ethkey"
	"ayni.example/receipt"
	"ayni.example/x/artifact"
	"ayni.example/x/compute"
	"ayni.example/x/council"
	"ayni.example/x/credit"
	"ayni.example/x/inference"
	"ayni.example/x/provenance"
	"ayni.example/x/provider"
	"ayni.example/x/zkml"
)

// ErrFact is a question about the ledger that cannot be asked.
var ErrFact = errors.New("not a fact of the ledger")

// Names of what a bundle proves.
const (
	Present = "present"
	Absent  = "absent"
)

// Fact is one kind of entry of the state by the name that people use.
type Fact struct {
	Name   string
	Args   []string
	store  string
	prefix []byte
	key    func(args []string) ([]byte, error)
	decode func(value []byte) (json.RawMessage, error)
}

// Facts lists what can be asked and read. Any other entry is "store NAME KEY".
func Facts() []Fact {
	return append(provenanceFacts(), []Fact{
		{"provider", []string{"ADDRESS"}, provider.StoreKey, []byte{provider.ProvidersPrefix}, func(a []string) ([]byte, error) {
			address, err := address(a[0])
			return provider.EntryKey(address), err
		}, message[provider.Provider]},
		{"model", []string{"DIGEST"}, inference.StoreKey, []byte{inference.ModelsPrefix}, func(a []string) ([]byte, error) {
			digest, err := digest(a[0])
			return inference.ModelKey(digest), err
		}, message[inference.Model]},
		{"offer", []string{"ADDRESS", "DIGEST"}, inference.StoreKey, []byte{inference.OffersPrefix}, func(a []string) ([]byte, error) {
			address, err := address(a[0])
			digest, digestErr := digest(a[1])
			return inference.OfferKey(address, digest), errors.Join(err, digestErr)
		}, message[inference.Offer]},
		{"channel", []string{"ID"}, credit.StoreKey, []byte{credit.ChannelsPrefix}, func(a []string) ([]byte, error) {
			id, err := digest(a[0])
			return credit.ChannelKey(id), err
		}, message[credit.Channel]},
		{"lane", []string{"CHANNEL", "NUMBER"}, credit.StoreKey, []byte{credit.LanesPrefix}, func(a []string) ([]byte, error) {
			id, err := digest(a[0])
			lane, numberErr := strconv.ParseUint(a[1], 10, 32)
			return credit.LaneKey(id, uint32(lane)), errors.Join(err, numberErr)
		}, message[credit.Lane]},
		{"seat", []string{"OPERATOR"}, council.StoreKey, []byte{council.SeatsPrefix}, func(a []string) ([]byte, error) {
			operator, err := address(a[0])
			return append([]byte{council.SeatsPrefix}, operator...), err
		}, message[council.Seat]},
		{"pledge", []string{"HOLDER", "DIGEST"}, artifact.StoreKey, []byte{artifact.PledgesPrefix}, func(a []string) ([]byte, error) {
			holder, err := address(a[0])
			digest, digestErr := digest(a[1])
			return artifact.PledgeKey(holder, digest), errors.Join(err, digestErr)
		}, message[artifact.Pledge]},
		{"zkml", []string{"MODEL"}, zkml.StoreKey, []byte{zkml.ModelsPrefix}, func(a []string) ([]byte, error) {
			id, err := digest(a[0])
			return zkml.ModelKey(id), err
		}, message[zkml.Model]},
		{"value", []string{"MODEL", "SUBMITTER", "CONTEXT"}, zkml.StoreKey, []byte{zkml.ValuesPrefix}, func(a []string) ([]byte, error) {
			model, err := digest(a[0])
			submitter, addressErr := address(a[1])
			return zkml.ValueKey(model, submitter, []byte(a[2])), errors.Join(err, addressErr)
		}, message[zkml.Verified]},
		{"host", []string{"ADDRESS"}, compute.StoreKey, []byte{compute.HostsPrefix}, func(a []string) ([]byte, error) {
			provider, err := address(a[0])
			return compute.HostKey(provider), err
		}, message[compute.Host]},
		{"order", []string{"ID"}, compute.StoreKey, []byte{compute.OrdersPrefix}, func(a []string) ([]byte, error) {
			id, err := sized(a[0], compute.OrderIDSize)
			return compute.OrderKey(id), err
		}, message[compute.Order]},
		{"lease", []string{"ID"}, compute.StoreKey, []byte{compute.LeasesPrefix}, func(a []string) ([]byte, error) {
			id, err := sized(a[0], compute.LeaseIDSize)
			return compute.LeaseKey(id), err
		}, message[compute.Lease]},
		{"balance", []string{"ADDRESS"}, banktypes.StoreKey, banktypes.BalancesPrefix, func(a []string) ([]byte, error) {
			address, err := address(a[0])
			key := binary.AppendUvarint(append([]byte{}, banktypes.BalancesPrefix...), uint64(len(address)))
			return append(append(key, address...), credit.Denom...), err
		}, func(value []byte) (json.RawMessage, error) { return json.Marshal(string(value) + credit.Denom) }},
	}...)
}

func provenanceFacts() []Fact {
	return []Fact{
		{"asset", []string{"ID"}, provenance.StoreKey, []byte{provenance.AssetsPrefix}, func(a []string) ([]byte, error) {
			id, err := digest(a[0])
			return provenance.AssetKey(id), err
		}, message[provenance.Asset]},
		{"edge", []string{"ASSET", "PARENT"}, provenance.StoreKey, []byte{provenance.EdgesPrefix}, func(a []string) ([]byte, error) {
			asset, err := digest(a[0])
			parent, parentErr := digest(a[1])
			return provenance.EdgeKey(asset, parent), errors.Join(err, parentErr)
		}, message[provenance.Edge]},
	}
}

// FindFact is the entry that words such as "provider 0x12…" ask for. That it is not there may be proved too.
func FindFact(words []string) (proofs.Key, error) {
	if len(words) == 3 && words[0] == "store" {
		key, err := hex.DecodeString(words[2])
		if err != nil || len(key) == 0 {
			return proofs.Key{}, fmt.Errorf("%w: key %q is not hex", ErrFact, words[2])
		}
		return proofs.Key{Store: words[1], Key: key, Absent: true}, nil
	}
	known := []string{"store NAME KEY"}
	for _, f := range Facts() {
		usage := strings.Join(append([]string{f.Name}, f.Args...), " ")
		if len(words) == 0 || words[0] != f.Name {
			known = append(known, usage)
			continue
		}
		if len(words) != 1+len(f.Args) {
			return proofs.Key{}, fmt.Errorf("%w: want %s", ErrFact, usage)
		}
		key, err := f.key(words[1:])
		if err != nil {
			return proofs.Key{}, fmt.Errorf("%w: %s: %w", ErrFact, strings.Join(words, " "), err)
		}
		return proofs.Key{Store: f.store, Key: key, Absent: true}, nil
	}
	return proofs.Key{}, fmt.Errorf("%w: %q; known are: %s", ErrFact, strings.Join(words, " "), strings.Join(known, ", "))
}

// IsBundle tells a bundle from a receipt file by its first field.
func IsBundle(raw []byte) bool { return bytes.HasPrefix(raw, []byte(`{"version":`)) }

// VerifyBundle checks a bundle against what is trusted and says what it proves. It is offline.
func VerifyBundle(raw []byte, trust *proofs.Trust) (Verdict, error) {
	bundle, err := proofs.Decode(bytes.TrimSuffix(raw, []byte{'\n'}))
	if err != nil {
		return Verdict{}, err
	}
	if trust == nil {
		return Verdict{}, proofs.ErrNoTrust
	}
	verified, err := bundle.Verify(*trust)
	if err != nil {
		return Verdict{}, err
	}
	v := Verdict{ID: fmt.Sprintf("%s at block %d, %s", verified.ChainID, verified.Height, verified.Time.UTC().Format("2006-01-02T15:04:05Z"))}
	for _, entry := range bundle.Entries {
		if entry.Value == nil {
			v.found(Absent, "%s", describe(entry))
			continue
		}
		v.found(Present, "%s", describe(entry))
	}
	v.open("what changed after that block")
	return v, nil
}

// describe names an entry, and shows its value as JSON where its kind is known.
func describe(entry proofs.Entry) string {
	for _, f := range Facts() {
		if f.store != entry.Store || !strings.HasPrefix(string(entry.Key), string(f.prefix)) {
			continue
		}
		name := fmt.Sprintf("%s %x", f.Name, entry.Key[len(f.prefix):])
		if entry.Value == nil {
			return name
		}
		if text, err := f.decode(entry.Value); err == nil {
			return name + ": " + string(text)
		}
	}
	name := fmt.Sprintf("store %s %x", entry.Store, entry.Key)
	if entry.Value == nil {
		return name
	}
	return fmt.Sprintf("%s: %x", name, entry.Value)
}

func address(text string) ([]byte, error) {
	return ethkey.AddressCodec{}.StringToBytes(text)
}

func digest(text string) ([]byte, error) {
	return sized(text, len(receipt.Digest{}))
}

// sized reads hex of so many bytes.
func sized(text string, bytes int) ([]byte, error) {
	d, err := hex.DecodeString(text)
	if err == nil && len(d) != bytes {
		err = fmt.Errorf("%d bytes, not %d", len(d), bytes)
	}
	return d, err
}

// message decodes an entry of the state of type M to JSON.
func message[M any, P interface {
	*M
	proto.Message
	Unmarshal(data []byte) error
}](value []byte) (json.RawMessage, error) {
	m := P(new(M))
	if err := m.Unmarshal(value); err != nil {
		return nil, err
	}
	return codec.ProtoMarshalJSON(m, nil)
}
