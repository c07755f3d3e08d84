package verdict_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"maps"
	"strings"
	"testing"
	"testing/fstest"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/client/proof"
	"ayni.example/client/verdict"
	"ayni.example/internal/testchain"
	"ayni.example/provenance/standard"
	"ayni.example/receipt"
	"ayni.example/x/provenance"
)

const weights = "the weights of a model"

// tuned is a model that was trained from a base, registered on a running ledger, with everything that lies beside it.
type tuned struct {
	t       *testing.T
	chain   *testchain.Chain
	trust   proof.Trust
	private *ecdsa.PrivateKey
	key     standard.Key
	base    []byte
	asset   []byte
	folder  fstest.MapFS
	height  int64 // of the last transaction
}

func hexOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func newTuned(t *testing.T) *tuned {
	t.Helper()
	x := &tuned{t: t, chain: testchain.New(t, testchain.Config{}), folder: fstest.MapFS{"tuned.gguf": {Data: []byte(weights)}}}
	x.trust = proof.Trust{Genesis: x.chain.Genesis}
	x.private, x.key = x.draw(1)
	address := x.chain.Address(1)
	base, err := provenance.Manifest{Kind: provenance.KindModel, Name: "base", Content: hexOf("base")}.Encode()
	x.must(err)
	baseID := provenance.ManifestID(base)
	manifest, err := provenance.Manifest{
		Kind: provenance.KindModel, Name: "tuned", Content: hexOf(weights), Files: []provenance.File{{Name: "tuned.gguf", SHA256: hexOf(weights), Size: uint64(len(weights))}},
		Parents: []provenance.Parent{{Asset: baseID.String(), Relation: provenance.Finetune}},
	}.Encode()
	x.must(err)
	id := provenance.ManifestID(manifest)
	x.base, x.asset = baseID.Bytes(), id.Bytes()
	free := provenance.FreeTerms()
	x.submit(1, &provenance.MsgRegister{Sender: address, Manifest: base, Terms: free}, &provenance.MsgRegister{Sender: address, Manifest: manifest, Terms: free}, x.binding(1, x.private))
	texts, err := standard.Lineage(standard.Artefact{
		Name: "tuned.gguf", Manifest: manifest,
		Subject: standard.Component{
			Name: "tuned", Kind: "model", Asset: standard.Digest(id), Content: sha256.Sum256([]byte(weights)),
			Files:   []standard.File{{Name: "tuned.gguf", Digest: sha256.Sum256([]byte(weights)), Size: int64(len(weights))}},
			Parents: []standard.Link{{Ref: standard.Component{Asset: standard.Digest(baseID)}.Ref(), Relation: "finetune", Evidence: "claimed"}},
		},
		Ancestors: []standard.Component{{Name: "base", Kind: "model", Asset: standard.Digest(baseID), Content: sha256.Sum256([]byte("base"))}},
		Job:       standard.Job{Kind: "train", Builder: standard.Builder{Chain: testchain.ChainID, Address: address}},
	}, x.key)
	x.must(err)
	for _, text := range texts {
		x.folder[text.Name] = &fstest.MapFile{Data: text.Data}
	}
	x.prove(x.asset, x.key)
	return x
}

func (x *tuned) must(err error) {
	x.t.Helper()
	if err != nil {
		x.t.Fatal(err)
	}
}

func (x *tuned) draw(n byte) (*ecdsa.PrivateKey, standard.Key) {
	x.t.Helper()
	scalar := sha256.Sum256([]byte{n})
	private, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), scalar[:])
	x.must(err)
	key, err := standard.NewKey(private)
	x.must(err)
	return private, key
}

func (x *tuned) submit(account int, msgs ...sdk.Msg) {
	x.t.Helper()
	result, err := x.chain.Client(account).Submit(x.t.Context(), msgs...)
	x.must(err)
	x.height = result.Height
}

// binding makes a key an account's.
func (x *tuned) binding(account int, private *ecdsa.PrivateKey) sdk.Msg {
	x.t.Helper()
	address := x.chain.Address(account)
	signed, err := private.Sign(nil, provenance.KeyStatement(testchain.ChainID, address), crypto.SHA256)
	x.must(err)
	key, err := standard.NewKey(private)
	x.must(err)
	return &provenance.MsgBindKey{Sender: address, PublicKey: key.Public().Point(), Proof: signed}
}

// prove puts a proof of an asset, its edge to the base and a key beside the artefact.
func (x *tuned) prove(asset []byte, key standard.Key) {
	x.t.Helper()
	collector, err := proof.NewCollector(x.chain.Node.RPC(), x.trust)
	x.must(err)
	bundle, err := collector.Collect(x.t.Context(), x.height,
		proof.Key{Store: provenance.StoreKey, Key: provenance.AssetKey(asset)},
		proof.Key{Store: provenance.StoreKey, Key: provenance.EdgeKey(x.asset, x.base)},
		proof.Key{Store: provenance.StoreKey, Key: provenance.KeyKey(key.Public().Point())})
	x.must(err)
	raw, err := bundle.Encode()
	x.must(err)
	x.folder["tuned.gguf"+standard.SuffixProof] = &fstest.MapFile{Data: raw}
}

func (x *tuned) verify(folder fs.FS, key standard.PublicKey, trust *proof.Trust) (verdict.Verdict, error) {
	return verdict.VerifyLineage(x.t.Context(), verdict.Artefact{Folder: folder, Name: "tuned.gguf", Key: key}, trust)
}

func names(v verdict.Verdict) string {
	list := make([]string, 0, len(v.Findings))
	for _, f := range v.Findings {
		list = append(list, f.Name)
	}
	return strings.Join(list, " ")
}

// TestLineage has an honest artefact reach all verdicts offline, and each change of what lies beside it refused by name.
func TestLineage(t *testing.T) {
	x := newTuned(t)
	v, err := x.verify(x.folder, standard.PublicKey{}, &x.trust)
	if want := "files made bill asset registered bound parent"; err != nil || names(v) != want || len(v.NotChecked) != 0 {
		t.Fatalf("%s, not checked %q, %v", names(v), v.NotChecked, err)
	}
	if last := v.Findings[6].Detail; !strings.HasSuffix(last, "finetune, claimed") {
		t.Error(last)
	}
	if v, err := x.verify(x.folder, x.key.Public(), nil); err != nil || names(v) != "files made bill asset" || len(v.NotChecked) != 1 {
		t.Errorf("without a beginning to trust: %s, not checked %q, %v", names(v), v.NotChecked, err)
	}
	if _, err := x.verify(x.folder, standard.PublicKey{}, nil); !errors.Is(err, standard.ErrKey) {
		t.Errorf("without a key: %v", err)
	}
	_, other := x.draw(2)
	if _, err := x.verify(x.folder, other.Public(), &x.trust); !errors.Is(err, standard.ErrKey) {
		t.Errorf("another key: %v", err)
	}
	for suffix, want := range map[string]error{
		"": standard.ErrFile, standard.SuffixModel: nil, standard.SuffixJob: nil,
		standard.SuffixBill: standard.ErrFile, standard.SuffixAsset: standard.ErrFile, standard.SuffixProof: nil,
	} {
		for at := range 16 {
			raw := append([]byte(nil), x.folder["tuned.gguf"+suffix].Data...)
			place := at * (len(raw) - 1) / 15
			raw[place] ^= 1
			folder := maps.Clone(x.folder)
			folder["tuned.gguf"+suffix] = &fstest.MapFile{Data: raw}
			_, err := x.verify(folder, x.key.Public(), &x.trust)
			known := standard.Reason(err) != "" || errors.Is(err, receipt.ErrProof) || errors.Is(err, receipt.ErrMalformed) || errors.Is(err, receipt.ErrSignature) || errors.Is(err, receipt.ErrUntrusted) || errors.Is(err, receipt.ErrNetwork)
			if err == nil || !known || (suffix == "" || suffix == standard.SuffixBill || suffix == standard.SuffixAsset) && !errors.Is(err, want) {
				t.Errorf("tuned.gguf%s byte %d: %v", suffix, place, err)
			}
		}
	}
}

// TestLineageLies has everything signed right, and something else on the ledger.
func TestLineageLies(t *testing.T) {
	x := newTuned(t)
	private, other := x.draw(2)
	signed := maps.Clone(x.folder)
	manifest := x.folder["tuned.gguf"+standard.SuffixAsset].Data
	content := standard.File{Name: standard.Whole, Digest: sha256.Sum256([]byte(weights))}
	put := func(key standard.Key, m standard.Model) {
		raw, err := standard.SignModel(m, key)
		x.must(err)
		signed["tuned.gguf"+standard.SuffixModel] = &fstest.MapFile{Data: raw}
	}
	for _, suffix := range []string{standard.SuffixJob, standard.SuffixBill} {
		delete(signed, "tuned.gguf"+suffix)
	}
	put(other, standard.Model{Name: "tuned.gguf", Files: []standard.File{content}})
	if _, err := x.verify(signed, other.Public(), &x.trust); !errors.Is(err, receipt.ErrProof) {
		t.Errorf("a key that nobody bound: %v", err)
	}
	x.submit(2, x.binding(2, private))
	x.prove(x.asset, other)
	signed["tuned.gguf"+standard.SuffixProof] = x.folder["tuned.gguf"+standard.SuffixProof]
	v, err := x.verify(signed, standard.PublicKey{}, &x.trust)
	if err != nil || !strings.Contains(strings.Join(v.NotChecked, "\n"), "not the asset's owner") {
		t.Errorf("signed by another: %+v, %v", v, err)
	}
	x.prove(x.base, other)
	signed["tuned.gguf"+standard.SuffixProof] = x.folder["tuned.gguf"+standard.SuffixProof]
	if _, err := x.verify(signed, other.Public(), &x.trust); !errors.Is(err, receipt.ErrProof) {
		t.Errorf("a proof of another asset: %v", err)
	}
	signed["tuned.gguf"] = &fstest.MapFile{Data: []byte("other weights")}
	put(other, standard.Model{Name: "tuned.gguf", Files: []standard.File{{Name: standard.Whole, Digest: sha256.Sum256([]byte("other weights"))}}})
	if _, err := x.verify(signed, other.Public(), nil); !errors.Is(err, verdict.ErrLineage) {
		t.Errorf("other weights with the manifest %s: %v", manifest, err)
	}
	delete(signed, "tuned.gguf"+standard.SuffixModel)
	if _, err := x.verify(signed, other.Public(), nil); !errors.Is(err, standard.ErrMalformed) {
		t.Errorf("no signature: %v", err)
	}
}
