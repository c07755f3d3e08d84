package verdict

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"ayni.example/client/proof"
	"ayni.example/provenance/standard"
	"ayni.example/receipt"
	"ayni.example/x/provenance"
)

// Names of what is established of an artefact.
const (
	Files  = "files"
	Made   = "made"
	Bill   = "bill"
	Asset  = "asset"
	Bound  = "bound"
	Parent = "parent"
)

// ErrLineage is a file about an artefact that says something else than the signed ones or the ledger.
var ErrLineage = errors.New("the files about the artefact contradict each other")

// Artefact is a file or folder with what lies beside it.
type Artefact struct {
	Folder fs.FS
	Name   string
	Key    standard.PublicKey // of the signer; none: the one that the proof binds to an account
}

// lineage is a verification under way.
type lineage struct {
	a       Artefact
	texts   map[string][]byte
	proven  *proof.Verified
	entries []proof.Entry
	found   []standard.File
	asset   provenance.ID
	v       *Verdict
}

// VerifyLineage checks an artefact against what lies beside it, and that against the ledger as far as a proof lies there and the user
// trusts a beginning; trust may be nil. It needs no network. Errors are of the closed lists of packages standard and receipt, or ErrLineage.
func VerifyLineage(ctx context.Context, a Artefact, trust *proof.Trust) (Verdict, error) {
	l := lineage{a: a, v: &Verdict{ID: a.Name}}
	var err error
	if l.texts, err = standard.Beside(a.Folder, a.Name); err != nil {
		return Verdict{}, err
	}
	if len(l.texts[standard.SuffixModel]) == 0 {
		return Verdict{}, fmt.Errorf("%w: %s is absent", standard.ErrMalformed, a.Name+standard.SuffixModel)
	}
	for _, step := range []func(context.Context) error{
		func(context.Context) error { return l.follow(trust) },
		l.files, l.made, l.bill, l.manifest, l.ledger,
	} {
		if err := step(ctx); err != nil {
			return *l.v, err
		}
	}
	return *l.v, nil
}

// follow reads the proof, and takes the signer's key from it when none was given.
func (l *lineage) follow(trust *proof.Trust) error {
	raw := l.texts[standard.SuffixProof]
	switch {
	case len(raw) == 0:
		l.v.open("there is no proof that the asset and the key stand on a ledger")
		return nil
	case trust == nil:
		l.v.open("no genesis or checkpoint was given to trust, so the proof from the ledger was not followed")
		return nil
	}
	bundle, err := proof.Decode([]byte(strings.TrimSuffix(string(raw), "\n")))
	if err != nil {
		return err
	}
	verified, err := bundle.Verify(*trust)
	if err != nil {
		return err
	}
	l.proven, l.entries = &verified, bundle.Entries
	if !l.a.Key.IsZero() {
		return nil
	}
	hint, err := standard.KeyHint(l.texts[standard.SuffixModel])
	if err != nil {
		return err
	}
	for _, e := range l.entries {
		if e.Store != provenance.StoreKey || e.Value == nil || e.Key[0] != provenance.KeysPrefix {
			continue
		}
		if key, err := standard.ParsePoint(e.Key[1:]); err == nil && key.Hint() == hint {
			l.a.Key = key
		}
	}
	return nil
}

// files are those that were signed.
func (l *lineage) files(ctx context.Context) error {
	m, err := standard.VerifyModel(l.texts[standard.SuffixModel], l.a.Key)
	if err != nil {
		return fmt.Errorf("%s%s: %w", l.a.Name, standard.SuffixModel, err)
	}
	if l.found, err = standard.Contents(ctx, l.a.Folder, l.a.Name, m.Skips); err != nil {
		return fmt.Errorf("read %s: %w", l.a.Name, err)
	}
	if err := m.Check(l.found); err != nil {
		return err
	}
	l.v.found(Files, "%d, as signed with key %s", len(l.found), l.a.Key.Hint())
	return nil
}

// made checks how the artefact was made, and that the files beside it are those of which that statement knows.
func (l *lineage) made(context.Context) error {
	raw := l.texts[standard.SuffixJob]
	if len(raw) == 0 {
		l.v.open("there is no statement of how it was made")
		return nil
	}
	job, err := standard.VerifyJob(raw, l.a.Key)
	if err != nil {
		return fmt.Errorf("%s%s: %w", l.a.Name, standard.SuffixJob, err)
	}
	if err := job.CheckContents(l.a.Name, l.found); err != nil {
		return err
	}
	for _, suffix := range []string{standard.SuffixAsset, standard.SuffixModel, standard.SuffixBill} {
		if text, ok := l.texts[suffix]; ok {
			if err := job.CheckFile(l.a.Name+suffix, sha256.Sum256(text)); err != nil {
				return err
			}
		}
	}
	inputs := make([]string, 0, len(job.Inputs))
	for _, in := range job.Inputs {
		inputs = append(inputs, in.Name)
	}
	from := strings.Join(inputs, ", ")
	if from == "" {
		from = "nothing that it names"
	}
	by := job.Builder.Address
	if job.Builder.Chain == "" {
		by = "the holder of the key"
	}
	l.v.found(Made, "by %s: %s, from %s", by, job.Kind, from)
	return nil
}

// bill is of this artefact.
func (l *lineage) bill(context.Context) error {
	raw := l.texts[standard.SuffixBill]
	if len(raw) == 0 {
		return nil
	}
	bill, err := standard.ReadBill(raw)
	if err != nil {
		return fmt.Errorf("%s%s: %w", l.a.Name, standard.SuffixBill, err)
	}
	if len(l.texts[standard.SuffixJob]) == 0 {
		l.v.open("no signed statement names the bill of materials, so anybody may have written it")
		return nil
	}
	l.v.found(Bill, "%d components", len(bill.Components)+1)
	return nil
}

// manifest is the asset's, and of these files.
func (l *lineage) manifest(context.Context) error {
	raw := l.texts[standard.SuffixAsset]
	if len(raw) == 0 {
		l.v.open("there is no manifest of the asset")
		return nil
	}
	m, err := provenance.DecodeManifest(raw)
	if err != nil {
		return fmt.Errorf("%w: %s%s: %w", standard.ErrMalformed, l.a.Name, standard.SuffixAsset, err)
	}
	l.asset = provenance.ManifestID(raw)
	for _, f := range l.found {
		if len(m.Files) > 0 && !m.Has(f.Digest[:]) {
			return fmt.Errorf("%w: %s is not among the files of asset %s", ErrLineage, f.Name, l.asset)
		}
	}
	if bill, err := standard.ReadBill(l.texts[standard.SuffixBill]); err == nil && bill.Subject.Asset != standard.Digest(l.asset) {
		return fmt.Errorf("%w: the bill is of asset %s, the manifest of %s", ErrLineage, bill.Subject.Asset, l.asset)
	}
	l.v.found(Asset, "%s, %s %q, %d parents", l.asset, m.Kind, m.Name, len(m.Parents))
	return nil
}

// ledger finds the asset, the key's account and the edges in the proven state.
func (l *lineage) ledger(context.Context) error {
	if l.proven == nil {
		return nil
	}
	at := fmt.Sprintf("at block %d of %s", l.proven.Height, l.proven.ChainID)
	var asset provenance.Asset
	if l.asset == (provenance.ID{}) {
		l.v.open("without a manifest it is not known which asset this is")
	} else if err := value(*l.proven, provenance.StoreKey, provenance.AssetKey(l.asset[:]), &asset); err != nil {
		return err
	} else {
		owner := asset.Owner
		if owner == "" {
			owner = "nobody"
		}
		l.v.found(Registered, "since block %d, owned by %s, %s", asset.Height, owner, at)
		if asset.Banned {
			l.v.found(Registered, "banned, %s", at)
		}
	}
	var key provenance.Key
	if err := value(*l.proven, provenance.StoreKey, provenance.KeyKey(l.a.Key.Point()), &key); err != nil {
		return err
	}
	l.v.found(Bound, "the key is %s's since block %d, %s", key.Account, key.Height, at)
	if asset.Owner != "" && asset.Owner != key.Account {
		l.v.open("the signer is not the asset's owner now; an asset may be passed on, and a machine signs for who ordered the job")
	}
	return l.edges()
}

// edges lists the parents that the proof has, with the ledger's evidence.
func (l *lineage) edges() error {
	for _, e := range l.entries {
		if e.Store != provenance.StoreKey || e.Value == nil || e.Key[0] != provenance.EdgesPrefix {
			continue
		}
		var edge provenance.Edge
		if err := edge.Unmarshal(e.Value); err != nil {
			return fmt.Errorf("%w: entry of %s: %w", receipt.ErrProof, e.Store, err)
		}
		if hex.EncodeToString(edge.Asset) == l.asset.String() {
			l.v.found(Parent, "%x: %s, %s", edge.Parent, edge.Relation, edge.Evidence.Word())
		}
	}
	return nil
}
