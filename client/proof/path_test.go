package proof

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"testing"
	"time"

	cmted25519 "github.com/cometbft/cometbft/crypto/ed25519"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	cmtversion "github.com/cometbft/cometbft/proto/tendermint/version"
	cmttypes "github.com/cometbft/cometbft/types"

	"ayni.example/receipt"
)

const testChainID = "ayni_9-1"

// testKeys are n validator keys; equal indexes give equal keys.
func testKeys(from, n int) []cmted25519.PrivKey {
	var keys []cmted25519.PrivKey
	for i := from; i < from+n; i++ {
		keys = append(keys, cmted25519.GenPrivKeyFromSecret(binary.BigEndian.AppendUint32([]byte("validator"), uint32(i))))
	}
	return keys
}

// testBlock is a light block of height that the signing keys vote for; signers are the rest of the set as absent.
type testBlock struct {
	height  int64
	keys    []cmted25519.PrivKey // the set, each of power 10
	next    []cmted25519.PrivKey // the set announced; none: the same
	signing int                  // how many of the set sign
}

func testSet(keys []cmted25519.PrivKey) *cmttypes.ValidatorSet {
	list := make([]*cmttypes.Validator, 0, len(keys))
	for _, key := range keys {
		list = append(list, cmttypes.NewValidator(key.PubKey(), 10))
	}
	return cmttypes.NewValidatorSet(list)
}

func (b testBlock) sign(tb testing.TB) lightBlock {
	tb.Helper()
	set, next := testSet(b.keys), testSet(b.keys)
	if b.next != nil {
		next = testSet(b.next)
	}
	digest := func(s string) []byte { d := sha256.Sum256([]byte(s)); return d[:] }
	at := time.Unix(1_700_000_000+b.height, 0).UTC()
	header := cmttypes.Header{
		Version: cmtversion.Consensus{Block: 11}, ChainID: testChainID, Height: b.height, Time: at,
		LastBlockID:    cmttypes.BlockID{Hash: digest("last"), PartSetHeader: cmttypes.PartSetHeader{Total: 1, Hash: digest("part")}},
		LastCommitHash: digest("commit"), DataHash: digest("data"), ValidatorsHash: set.Hash(), NextValidatorsHash: next.Hash(),
		ConsensusHash: digest("consensus"), AppHash: digest("app"), LastResultsHash: digest("results"),
		EvidenceHash: digest("evidence"), ProposerAddress: set.Validators[0].Address,
	}
	id := cmttypes.BlockID{Hash: header.Hash(), PartSetHeader: cmttypes.PartSetHeader{Total: 1, Hash: digest("parts")}}
	commit := &cmttypes.Commit{Height: b.height, BlockID: id}
	private := map[string]cmted25519.PrivKey{}
	for _, key := range b.keys {
		private[string(key.PubKey().Bytes())] = key
	}
	for i, v := range set.Validators {
		if i >= b.signing {
			commit.Signatures = append(commit.Signatures, cmttypes.NewCommitSigAbsent())
			continue
		}
		vote := &cmtproto.Vote{
			Type: cmtproto.PrecommitType, Height: b.height, BlockID: id.ToProto(), Timestamp: at,
			ValidatorAddress: v.Address, ValidatorIndex: int32(i),
		}
		signature, err := private[string(v.PubKey.Bytes())].Sign(cmttypes.VoteSignBytes(testChainID, vote))
		if err != nil {
			tb.Fatal(err)
		}
		commit.Signatures = append(commit.Signatures, cmttypes.CommitSig{
			BlockIDFlag: cmttypes.BlockIDFlagCommit, ValidatorAddress: v.Address, Timestamp: at, Signature: signature,
		})
	}
	block, err := newBlock(cmttypes.SignedHeader{Header: &header, Commit: commit}, set.Validators)
	if err != nil {
		tb.Fatal(err)
	}
	decoded, err := block.decode()
	if err != nil {
		tb.Fatal(err)
	}
	return decoded
}

func testGenesis(keys []cmted25519.PrivKey) *cmttypes.GenesisDoc {
	doc := &cmttypes.GenesisDoc{ChainID: testChainID}
	for _, key := range keys {
		doc.Validators = append(doc.Validators, cmttypes.GenesisValidator{PubKey: key.PubKey(), Power: 10})
	}
	return doc
}

// TestPath walks networks whose validators change; the last block of each case decides.
func TestPath(t *testing.T) {
	a, b, c := testKeys(0, 4), testKeys(2, 4), testKeys(4, 4) // a and b share two, b and c share two, a and c none
	for _, test := range []struct {
		name   string
		blocks []testBlock
		want   error
	}{
		{"same set, far", []testBlock{{height: 900, keys: a, signing: 4}}, nil},
		{"same set, two thirds and one", []testBlock{{height: 9, keys: a, signing: 3}}, nil},
		{"two of four sign", []testBlock{{height: 9, keys: a, signing: 2}}, receipt.ErrSignature},
		{"half the set stayed", []testBlock{{height: 9, keys: b, signing: 4}}, nil},
		{"all strangers", []testBlock{{height: 9, keys: c, signing: 4}}, receipt.ErrUntrusted},
		{"strangers by way of the middle", []testBlock{{height: 5, keys: b, signing: 4}, {height: 9, keys: c, signing: 4}}, nil},
		{"announced", []testBlock{{height: 5, keys: a, next: c, signing: 4}, {height: 6, keys: c, signing: 4}}, nil},
		{"adjacent and not announced", []testBlock{{height: 5, keys: a, signing: 4}, {height: 6, keys: b, signing: 4}}, receipt.ErrUntrusted},
		{"back in height", []testBlock{{height: 5, keys: a, signing: 4}, {height: 4, keys: a, signing: 4}}, receipt.ErrUntrusted},
		{"the same again", []testBlock{{height: 5, keys: a, signing: 4}, {height: 5, keys: a, signing: 4}}, receipt.ErrUntrusted},
	} {
		t.Run(test.name, func(t *testing.T) {
			at, err := newPath(Trust{Genesis: testGenesis(a)}, testChainID)
			if err != nil {
				t.Fatal(err)
			}
			for i, block := range test.blocks {
				err := at.step(block.sign(t))
				if last := i == len(test.blocks)-1; !last && err != nil {
					t.Fatalf("block %d: %v", block.height, err)
				} else if last && !errors.Is(err, test.want) {
					t.Fatalf("error %v, want %v", err, test.want)
				}
			}
		})
	}
}

// TestEverySignatureCounts: a wrong signature beyond two thirds is refused too.
func TestEverySignatureCounts(t *testing.T) {
	keys := testKeys(0, 4)
	block := testBlock{height: 3, keys: keys, signing: 4}.sign(t)
	if err := block.verify(); err != nil {
		t.Fatal(err)
	}
	for i := range block.commit.Signatures {
		block.commit.Signatures[i].Signature[7] ^= 1
		if err := block.verify(); !errors.Is(err, receipt.ErrSignature) {
			t.Fatalf("signature %d changed: error %v, want ErrSignature", i, err)
		}
		block.commit.Signatures[i].Signature[7] ^= 1
	}
}
