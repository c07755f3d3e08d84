package lineage_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/artifact/convert"
	"ayni.example/client"
	"ayni.example/internal/testchain"
	"ayni.example/provenance/lineage"
	"ayni.example/provenance/standard"
	"ayni.example/tensor/gguf"
	"ayni.example/tensor/starter"
	"ayni.example/x/provenance"
)

func book(t *testing.T, threads int) *lineage.Book {
	t.Helper()
	private, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	key, err := standard.NewKey(private)
	if err != nil {
		t.Fatal(err)
	}
	b, err := lineage.New(lineage.Config{
		Dir: t.TempDir(), Threads: threads, Key: func() (standard.Key, error) { return key, nil }, Random: rand.NewChaCha8([32]byte{1}),
		Builder: func() standard.Builder { return standard.LocalBuilder(key.Public(), "test") },
		Now:     func() time.Time { return time.Unix(1_800_000_000, 0) }, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// record writes a model file down.
func record(t *testing.T, b *lineage.Book, raw []byte, made lineage.Made) lineage.Record {
	t.Helper()
	sum := standard.Digest(sha256.Sum256(raw))
	made.Content, made.Files = sum.String(), []standard.File{{Name: "weights.gguf", Digest: sum, Size: int64(len(raw))}}
	r, err := b.Record(t.Context(), made, &lineage.Weights{ReaderAt: bytes.NewReader(raw), Size: int64(len(raw))})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func quantised(t *testing.T, target string) []byte {
	t.Helper()
	f, err := gguf.Parse(starter.GGUF())
	if err != nil {
		t.Fatal(err)
	}
	m, err := convert.Quantise(f, target, nil)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if _, err := m.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func base() lineage.Made {
	return lineage.Made{Kind: provenance.KindModel, Name: starter.Name, Foreign: true, Licence: "BSD-3-Clause"}
}

func smaller(of lineage.Record) lineage.Made {
	return lineage.Made{
		Kind: provenance.KindQuantisation, Name: "starter Q4_0", Job: lineage.Job{Kind: "quantise"},
		Parents: []lineage.Parent{{Content: of.Content, Relation: provenance.Quantize}},
	}
}

// TestRecord: the files beside an artefact say what it was made from, whoever made it with however many threads.
func TestRecord(t *testing.T) {
	q4 := quantised(t, "Q4_0")
	assets := make([]string, 0, 2)
	for _, threads := range []int{1, 2} {
		b := book(t, threads)
		beside := filepath.Join(t.TempDir(), "small.gguf")
		if err := os.WriteFile(beside, q4, 0o600); err != nil {
			t.Fatal(err)
		}
		made := smaller(record(t, b, starter.GGUF(), base()))
		made.Beside = []string{beside}
		r := record(t, b, q4, made)
		assets = append(assets, r.Asset)
		raw, err := os.ReadFile(beside + standard.SuffixAsset)
		if err != nil {
			t.Fatal(err)
		}
		m, err := provenance.DecodeManifest(raw)
		if err != nil || provenance.ManifestID(raw).String() != r.Asset || len(m.Parents) != 1 || len(m.Tensors) == 0 || len(m.Sketch) == 0 {
			t.Fatalf("manifest %+v of %s: %v", m, r.Asset, err)
		}
		for _, suffix := range standard.Suffixes() {
			if _, err := os.Stat(beside + suffix); err != nil {
				t.Error(err)
			}
		}
		again := record(t, b, q4, smaller(r)) // what was converted there and back is not its own ancestor
		if again.Asset != r.Asset {
			t.Errorf("recorded again it is %s, was %s", again.Asset, r.Asset)
		}
	}
	if assets[0] != assets[1] {
		t.Errorf("one thread makes %s, two make %s", assets[0], assets[1])
	}
}

// TestPrivate: a commitment shows nothing of the data, and is the same for the same data.
func TestPrivate(t *testing.T) {
	b := book(t, 1)
	digest := hex.EncodeToString(bytes.Repeat([]byte{9}, 32))
	made := lineage.Made{Kind: provenance.KindDataset, Name: "data", Files: []standard.File{{Name: "diary.txt"}}}
	one, err := b.Private(t.Context(), made, digest)
	if err != nil {
		t.Fatal(err)
	}
	two, err := b.Private(t.Context(), made, digest)
	if err != nil || one.Content != two.Content || one.Content == digest {
		t.Errorf("contents %s and %s of %s: %v", one.Content, two.Content, digest, err)
	}
	salt, err := hex.DecodeString(one.Salt)
	if err != nil || lineage.Commit(salt, bytes.Repeat([]byte{9}, 32)) != one.Content {
		t.Errorf("the salt does not open the commitment: %v", err)
	}
	other, err := book(t, 1).Private(t.Context(), made, hex.EncodeToString(bytes.Repeat([]byte{8}, 32)))
	if err != nil || other.Content == one.Content {
		t.Errorf("other data has the same content: %v", err)
	}
}

func TestUnknownParent(t *testing.T) {
	b := book(t, 1)
	made := smaller(lineage.Record{Made: lineage.Made{Content: hex.EncodeToString(make([]byte, 32))}})
	made.Content = hex.EncodeToString(bytes.Repeat([]byte{1}, 32))
	if _, err := b.Record(t.Context(), made, nil); !errors.Is(err, lineage.ErrUnknown) {
		t.Errorf("a parent that nobody recorded: %v", err)
	}
	if err := b.Want(made.Content); !errors.Is(err, lineage.ErrUnknown) {
		t.Errorf("a wish for what nobody recorded: %v", err)
	}
}

// plan makes and sends the registrations of contents.
func plan(t *testing.T, c *client.Client, kin *lineage.Kin, b *lineage.Book, sender string, contents ...string) lineage.Plan {
	t.Helper()
	p, err := b.Plan(t.Context(), c, kin, sender, contents)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Msgs) > 0 {
		if _, err := c.Submit(t.Context(), p.Msgs...); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

func content(t *testing.T, r lineage.Record) []byte {
	t.Helper()
	raw, err := hex.DecodeString(r.Content)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// TestPlan: a model comes to the ledger with all that is above it, once; a copy under another manifest is named as what it is.
func TestPlan(t *testing.T) {
	chain := testchain.New(t, testchain.Config{})
	ann, b := chain.Client(1), book(t, 2)
	q4 := record(t, b, quantised(t, "Q4_0"), smaller(record(t, b, starter.GGUF(), base())))
	if p := plan(t, ann, nil, b, chain.Address(1), q4.Content); len(p.Msgs) != 2 || len(p.Done) != 0 || len(p.Left) != 0 {
		t.Fatalf("plan %+v", p)
	}
	p := plan(t, ann, nil, b, chain.Address(1), q4.Content, hex.EncodeToString(make([]byte, 32)))
	if len(p.Msgs) != 0 || !slices.Equal(p.Done, []string{q4.Content}) || len(p.Left) != 1 {
		t.Fatalf("plan of what is there: %+v", p)
	}
	asset, err := ann.AssetByContent(t.Context(), content(t, q4))
	if err != nil || hex.EncodeToString(asset.ID) != q4.Asset || asset.Owner != chain.Address(1) {
		t.Fatalf("asset %+v: %v", asset, err)
	}
	edges, _, err := ann.Parents(t.Context(), asset.ID)
	if err != nil || len(edges) != 1 || edges[0].Relation != string(provenance.Quantize) {
		t.Fatalf("edges %+v: %v", edges, err)
	}
	above, err := ann.Asset(t.Context(), edges[0].Parent)
	if err != nil || above.Owner != "" || above.Name != starter.Name || above.Terms.Licence != "BSD-3-Clause" {
		t.Fatalf("what was pulled is %+v: %v", above, err)
	}
	if r, err := b.Find(q4.Content); err != nil || !r.Ledger {
		t.Errorf("the record does not know of the ledger: %+v, %v", r, err)
	}
	undeclared(t, chain, above)
}

// undeclared: a copy of a known base whose origin nobody recorded has its parent named by the machine that registers it; who sends it
// without is suspected: by its tensors at once, by its sketch when a machine looks.
func undeclared(t *testing.T, chain *testchain.Chain, above provenance.Asset) {
	t.Helper()
	bert, theirs, kin := chain.Client(2), book(t, 1), lineage.NewKin()
	fresh, err := kin.Refresh(t.Context(), bert)
	if err != nil || len(fresh) != 2 {
		t.Fatalf("%d models with sketches: %v", len(fresh), err)
	}
	copied := record(t, theirs, quantised(t, "Q4_K"), lineage.Made{Kind: provenance.KindModel, Name: "mine"})
	p, err := theirs.Plan(t.Context(), bert, kin, chain.Address(2), []string{copied.Content})
	if err != nil || len(p.Found) != 1 || !bytes.Equal(p.Found[0].Parent, above.ID) {
		t.Fatalf("found %+v: %v", p.Found, err)
	}
	hidden := record(t, theirs, quantised(t, "F16"), lineage.Made{Kind: provenance.KindModel, Name: "all mine"})
	for _, r := range []lineage.Record{copied, hidden} {
		manifest := provenance.Manifest{Kind: r.Kind, Name: r.Name, Content: r.Content, Tensors: r.Tensors, Sketch: r.Sketch}
		raw, err := manifest.Encode()
		if err != nil {
			t.Fatal(err)
		}
		msg, err := client.RegisterAsset(chain.Address(2), raw, provenance.FreeTerms(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := bert.Submit(t.Context(), msg); err != nil {
			t.Fatal(err)
		}
	}
	// Of Q4_K, one tensor is Q6_K and so equal to none; F16 shares none either, so both are found by their sketches.
	if fresh, err = kin.Refresh(t.Context(), bert); err != nil || len(fresh) != 2 {
		t.Fatalf("%d new models: %v", len(fresh), err)
	}
	pairs, err := kin.Suspects(t.Context(), bert, fresh)
	if err != nil {
		t.Fatal(err)
	}
	for _, pair := range pairs {
		if _, err := bert.Submit(t.Context(), sdk.Msg(&provenance.MsgSuspect{Sender: chain.Address(2), Asset: pair.Asset, Parent: pair.Parent})); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range []lineage.Record{copied, hidden} {
		asset, err := bert.AssetByContent(t.Context(), content(t, r))
		if err != nil {
			t.Fatal(err)
		}
		_, suspicions, err := bert.Parents(t.Context(), asset.ID)
		if err != nil || !slices.ContainsFunc(suspicions, func(s provenance.Suspicion) bool { return bytes.Equal(s.Parent, above.ID) }) {
			t.Errorf("%s is not suspected of %s: %+v, %v", r.Name, above.Name, suspicions, err)
		}
	}
}

// TestOwnTerms: what an owner asks goes along with the registration, but for what a parent bars or wants to be the same; afterwards it stays.
func TestOwnTerms(t *testing.T) {
	chain := testchain.New(t, testchain.Config{})
	ann, b := chain.Client(1), book(t, 2)
	above := base()
	above.Foreign = false
	above.Terms = &provenance.Terms{Derivatives: true, Reciprocal: true, Share: 500, Ceiling: math.ZeroInt(), Price: math.ZeroInt()}
	parent := record(t, b, starter.GGUF(), above)
	child := record(t, b, quantised(t, "Q4_0"), smaller(parent))
	own := provenance.FreeTerms()
	own.Share = 1_000
	if err := b.Ask(child.Content, &own); err != nil {
		t.Fatal(err)
	}
	p, err := b.Plan(t.Context(), ann, nil, chain.Address(1), []string{child.Content})
	if err != nil || len(p.Msgs) != 1 || !errors.Is(p.Left[child.Content], provenance.ErrTerms) {
		t.Fatalf("other terms than a reciprocal parent's: %v, %+v", err, p)
	}
	if err := b.Ask(child.Content, nil); err != nil {
		t.Fatal(err)
	}
	plan(t, ann, nil, b, chain.Address(1), child.Content)
	for _, r := range []lineage.Record{parent, child} {
		if a, err := ann.AssetByContent(t.Context(), content(t, r)); err != nil || a.Terms.Share != 500 || !a.Terms.Reciprocal || a.Terms.Commercial {
			t.Errorf("%s has terms %+v, %v", r.Name, a.Terms, err)
		}
	}
	plan(t, ann, nil, b, chain.Address(1), child.Content) // which notes what the ledger has
	if err := b.Ask(child.Content, &own); !errors.Is(err, lineage.ErrFrozen) {
		t.Errorf("terms of what is registered: %v", err)
	}
	if err := b.Ask(record(t, b, quantised(t, "F16"), base()).Content, &own); !errors.Is(err, lineage.ErrForeign) {
		t.Errorf("terms of what came from elsewhere: %v", err)
	}
}
