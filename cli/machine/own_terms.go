package machine

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"

	"ayni.example/client"
	"ayni.example/internal/home"
	"ayni.example/web/operator"
	"ayni.example/x/provenance"
)

// LedgerTerms are terms as the ledger keeps them.
func LedgerTerms(t operator.Terms) (provenance.Terms, error) {
	out := provenance.Terms{Commercial: t.Commercial, Derivatives: t.Derivatives, Reciprocal: t.Reciprocal, Share: t.Share, Licence: t.Licence}
	var err error
	if out.Ceiling, err = home.Credits(cmp.Or(t.Ceiling, "0")); err != nil {
		return out, fmt.Errorf("ceiling: %w", err)
	}
	if out.Price, err = home.Credits(cmp.Or(t.Price, "0")); err != nil {
		return out, fmt.Errorf("price of a training: %w", err)
	}
	return out, out.Validate()
}

// ownTerms are those that an offer asks; nil: none.
func ownTerms(req operator.OfferRequest) (*provenance.Terms, error) {
	if req.Terms == nil {
		return nil, nil //nolint:nilnil // no terms are no error
	}
	t, err := LedgerTerms(*req.Terms)
	return &t, err
}

// askTerms has a model that was made here registered with its owner's own terms, by the transaction that offers it.
func (m *Machine) askTerms(ctx context.Context, digest string, terms provenance.Terms) error {
	done, err := m.asked(ctx, digest, terms)
	if err != nil || done {
		return err
	}
	if err := m.lineages.book.Ask(digest, &terms); err != nil {
		return advice(err, "terms are asked for what was trained, quantised or merged on this machine, with its first offer or in the recipe (`terms:`)")
	}
	plan, err := m.lineages.book.Plan(ctx, m.ledger, m.lineages.kin, m.address, []string{digest})
	if err == nil {
		err = plan.Left[digest]
	}
	if err != nil {
		return errors.Join(err, m.lineages.book.Ask(digest, nil))
	}
	return nil
}

// asked tells whether a model is registered with these terms, of this machine's account; with others it is an error.
func (m *Machine) asked(ctx context.Context, digest string, terms provenance.Terms) (bool, error) {
	content, err := hex.DecodeString(digest)
	if err != nil {
		return false, err
	}
	a, err := m.ledger.AssetByContent(ctx, content)
	if errors.Is(err, client.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	terms.Licence = cmp.Or(terms.Licence, a.Terms.Licence)
	terms.Commercial = terms.Commercial && a.Terms.Commercial // a parent may bar it
	if a.Owner != m.address || !a.Terms.Same(terms) {
		return false, advice(fmt.Errorf("%s is registered with other terms already: terms never change", a.Name), "`ayni provenance show "+digest+"` shows them; a model that is trained anew may have others")
	}
	return true, nil
}

// awaitTerms waits until a model stands on the ledger with these terms.
func (m *Machine) awaitTerms(ctx context.Context, digest string, terms provenance.Terms) error {
	ctx, cancel := context.WithTimeout(ctx, offerWait)
	defer cancel()
	for range m.ledger.WatchBlocks(ctx) {
		if done, err := m.asked(ctx, digest, terms); err != nil || done {
			return err
		}
	}
	return advice(errors.New("the model is offered, but not registered with its terms yet"), "`ayni provenance show "+digest+"` shows it when it is; the log tells what is in the way")
}
