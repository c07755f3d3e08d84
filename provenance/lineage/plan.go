package lineage

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/client"
	"ayni.example/x/provenance"
)

// planMax bounds the registrations of one plan, and so what a transaction carries besides what it is sent for.
const planMax = 8

// reclaimFor is how long after a training its result is claimed from who registered it first; disputes are over sooner.
const reclaimFor = time.Hour

// licenceMax bounds a licence on the ledger.
const licenceMax = 128

// Ledger is what a plan asks of the ledger; package client answers it.
type Ledger interface {
	Asset(ctx context.Context, id []byte) (provenance.Asset, error)
	AssetByContent(ctx context.Context, content []byte) (provenance.Asset, error)
	Parents(ctx context.Context, asset []byte) ([]provenance.Edge, []provenance.Suspicion, error)
	Tensors(ctx context.Context, digests [][]byte) ([]provenance.Tensor, error)
}

// Plan is what is still to be registered so that contents are known on a ledger with all that they were made from.
type Plan struct {
	Msgs  []sdk.Msg
	Done  []string          // contents that the ledger has already
	Left  map[string]error  // contents that cannot be registered, and why
	Found []provenance.Edge // parents that nobody had named, and that are now declared
}

// errRoom tells that a plan is full: the rest follows with the next one.
var errRoom = errors.New("too many registrations for one transaction; the others follow")

// planner makes one plan.
type planner struct {
	book   *Book
	ledger Ledger
	kin    *Kin
	sender string
	plan   Plan
	known  map[string]provenance.Asset // by content, on the ledger or planned
	before map[string][]string         // parents of what is planned and not on the ledger, by asset
}

// Plan makes the registrations of contents and of what is above them, parents first, in the name of sender. What the ledger would refuse
// is left out and named: so the transaction that carries the rest does not fail for it. kin may be nil.
func (b *Book) Plan(ctx context.Context, l Ledger, kin *Kin, sender string, contents []string) (Plan, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := planner{
		book: b, ledger: l, kin: kin, sender: sender, known: make(map[string]provenance.Asset), before: make(map[string][]string),
		plan: Plan{Left: make(map[string]error)},
	}
	for _, content := range contents {
		a, err := p.visit(ctx, content, 0)
		if _, left := errors.AsType[leftError](err); left {
			p.plan.Left[content] = err
			continue
		}
		if errors.Is(err, errRoom) {
			continue
		}
		if err != nil {
			return p.plan, err
		}
		if _, planned := p.before[string(a.ID)]; !planned {
			p.plan.Done = append(p.plan.Done, content)
		}
	}
	return p.plan, nil
}

// leftError says why something is not registered for now.
type leftError struct{ error }

func (e leftError) Unwrap() error { return e.error }

// visit gives the asset of a content, and plans it where the ledger does not have it.
func (p *planner) visit(ctx context.Context, content string, depth int) (provenance.Asset, error) {
	if a, ok := p.known[content]; ok {
		return a, nil
	}
	if depth > ancestorsMax {
		return provenance.Asset{}, leftError{fmt.Errorf("lineage of %s is deeper than %d", content, ancestorsMax)}
	}
	raw, err := hex.DecodeString(content)
	if err != nil {
		return provenance.Asset{}, leftError{err}
	}
	r, recordErr := p.book.Find(content)
	a, err := p.ledger.AssetByContent(ctx, raw)
	switch {
	case err == nil && recordErr == nil && p.taken(r, a): // it goes on to be registered with its order
	case err == nil:
		p.known[content] = a
		return a, p.settle(r, recordErr, a)
	case !errors.Is(err, client.ErrNotFound):
		return a, err
	case recordErr != nil:
		return a, leftError{recordErr}
	}
	if a, err = p.register(ctx, &r, depth); err == nil {
		p.known[content] = a
	}
	return a, err
}

// taken tells whether somebody registered the result of a leased training before its tenant, who gets it back by naming the order
// while the result is young.
func (p *planner) taken(r Record, a provenance.Asset) bool {
	return r.Order != "" && !r.Foreign && !r.Ledger && a.Owner != p.sender && len(a.Order) == 0 &&
		p.book.cfg.Now().Sub(r.Job.Finished) < reclaimFor
}

// settle notes in the record what the ledger has.
func (p *planner) settle(r Record, missing error, a provenance.Asset) error {
	id := hex.EncodeToString(a.ID)
	if missing != nil || r.Ledger && r.Asset == id {
		return nil
	}
	if r.Asset != id {
		p.book.cfg.Logger.Info("a content is registered under another manifest than this machine's", "content", r.Content, "asset", id, "owner", a.Owner)
	}
	r.Asset, r.Ledger = id, true
	return p.book.save(r)
}

// register plans a record whose parents are visited first.
func (p *planner) register(ctx context.Context, r *Record, depth int) (provenance.Asset, error) {
	var parents []provenance.Asset
	m, err := r.manifest(func(content string) (string, error) {
		a, err := p.visit(ctx, content, depth+1)
		parents = append(parents, a)
		return hex.EncodeToString(a.ID), err
	})
	if err != nil {
		return provenance.Asset{}, err
	}
	if len(p.plan.Msgs) >= planMax {
		return provenance.Asset{}, errRoom
	}
	found, err := p.undeclared(ctx, *r, parents)
	if err != nil {
		return provenance.Asset{}, err
	}
	for _, a := range found {
		if len(m.Parents) < provenance.ParentsMax {
			m.Parents = append(m.Parents, provenance.Parent{Asset: hex.EncodeToString(a.ID), Relation: relationOf(r.Kind)})
			parents = append(parents, a)
		}
	}
	a := provenance.Asset{Kind: string(r.Kind), Name: m.Name, Content: m.ContentBytes(), Terms: termsOf(*r, parents)}
	if !r.Foreign {
		a.Owner = p.sender
	}
	for _, parent := range parents {
		if err := parent.Bears(a.Terms, a.Owner); err != nil {
			return a, leftError{fmt.Errorf("%s is not registered: %w", r.Name, err)}
		}
	}
	if err := p.book.writeAs(r, m); err != nil {
		return a, err
	}
	manifest, err := m.Encode()
	if err != nil {
		return a, leftError{err}
	}
	msg, err := p.message(*r, manifest, a.Terms)
	if err != nil {
		return a, leftError{fmt.Errorf("%s is not registered: %w", r.Name, err)}
	}
	a.ID = provenance.ManifestID(manifest).Bytes()
	p.before[string(a.ID)] = nil
	for _, parent := range parents {
		p.before[string(a.ID)] = append(p.before[string(a.ID)], string(parent.ID))
	}
	for _, f := range found {
		p.plan.Found = append(p.plan.Found, provenance.Edge{Asset: a.ID, Parent: f.ID, Relation: string(relationOf(r.Kind))})
	}
	p.plan.Msgs = append(p.plan.Msgs, msg)
	return a, nil
}

func (p *planner) message(r Record, manifest []byte, terms provenance.Terms) (sdk.Msg, error) {
	if r.Foreign {
		return client.RegisterForeign(p.sender, manifest, terms.Licence)
	}
	order, err := hex.DecodeString(r.Order)
	if err != nil {
		return nil, err
	}
	return client.RegisterAsset(p.sender, manifest, terms, order)
}

// relationOf is that of a parent which nobody named.
func relationOf(k provenance.Kind) provenance.Relation {
	switch k {
	case provenance.KindQuantisation:
		return provenance.Quantize
	case provenance.KindMerged:
		return provenance.Merge
	default:
		return provenance.Finetune
	}
}

// termsOf are the owner's own, or ask nothing of others but what the parents ask: those of a reciprocal one. There is no use for money where
// a parent bars it.
func termsOf(r Record, parents []provenance.Asset) provenance.Terms {
	t := provenance.FreeTerms()
	if r.Terms != nil && !r.Foreign {
		t = *r.Terms
	}
	if t.Licence == "" && len(r.Licence) <= licenceMax {
		t.Licence = r.Licence
	}
	if r.Foreign {
		return t
	}
	for _, a := range parents {
		if a.Terms.Reciprocal && r.Terms == nil {
			return a.Terms
		}
		if !a.Terms.Commercial || a.Restricted {
			t.Commercial = false
		}
	}
	return t
}
