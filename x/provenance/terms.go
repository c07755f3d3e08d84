package provenance

import (
	"cosmossdk.io/math"

	"ayni.example/x/credit"
	"ayni.example/x/internal/bound"
)

const (
	// FullBps is the whole in basis points.
	FullBps = 10_000
	// FullPPM is the whole in millionths.
	FullPPM = 1_000_000
	// ShareMax bounds what one asset asks of a descendant's income, in basis points.
	ShareMax   = 5_000
	licenceMax = 128
)

// Use is what somebody wants to do with an asset for money or without.
type Use struct {
	Commercial bool   // money is paid for it
	Trains     bool   // another model is made with it
	By         string // who wants to, whom own terms do not bind; empty: anybody
}

// FreeTerms allow everything and ask nothing; those of what nobody owns here are so, but for the licence.
func FreeTerms() Terms {
	return Terms{Commercial: true, Derivatives: true, Ceiling: math.ZeroInt(), Price: math.ZeroInt()}
}

// Validate checks terms without any state.
func (t Terms) Validate() error {
	if t.Share > ShareMax {
		return ErrInvalid.Wrapf("share of %d basis points exceeds %d", t.Share, ShareMax)
	}
	if err := bound.Text("licence", t.Licence, licenceMax); err != nil {
		return ErrInvalid.Wrap(err.Error())
	}
	if err := credit.CheckAmount("ceiling", t.Ceiling); err != nil {
		return ErrInvalid.Wrap(err.Error())
	}
	if err := credit.CheckAmount("price", t.Price); err != nil {
		return ErrInvalid.Wrap(err.Error())
	}
	return nil
}

// Same tells whether two terms ask the same.
func (t Terms) Same(o Terms) bool {
	return t.Commercial == o.Commercial && t.Derivatives == o.Derivatives && t.Reciprocal == o.Reciprocal && t.Share == o.Share &&
		t.Ceiling.Equal(o.Ceiling) && t.Price.Equal(o.Price) && t.Licence == o.Licence
}

// PPM is the share of a million.
func (t Terms) PPM() uint32 { return t.Share * (FullPPM / FullBps) }

// Allows tells whether an asset may be used so; the error names the term.
func (a Asset) Allows(u Use) error {
	switch {
	case a.Banned:
		return ErrBanned.Wrapf("asset %x (%s)", a.ID, a.Name)
	case u.By != "" && u.By == a.Owner && !a.Restricted:
		return nil
	case u.Trains && !a.Terms.Derivatives:
		return ErrTerms.Wrapf("derivatives: nobody but its owner may train on asset %x (%s)", a.ID, a.Name)
	case u.Commercial && !a.Terms.Commercial:
		return ErrTerms.Wrapf("commercial: asset %x (%s) may not be used for money", a.ID, a.Name)
	case u.Commercial && a.Restricted:
		return ErrTerms.Wrapf("commercial: a parent of asset %x (%s) may not be used for money", a.ID, a.Name)
	}
	return nil
}

// Bears tells whether an asset may have a child with these terms of this owner.
func (a Asset) Bears(child Terms, owner string) error {
	switch {
	case a.Banned:
		return ErrBanned.Wrapf("parent %x (%s)", a.ID, a.Name)
	case !a.Terms.Derivatives && (owner == "" || owner != a.Owner):
		return ErrTerms.Wrapf("derivatives: asset %x (%s) has children of its owner alone", a.ID, a.Name)
	case a.Terms.Reciprocal && !a.Terms.Same(child):
		return ErrTerms.Wrapf("reciprocal: children of asset %x (%s) have its terms", a.ID, a.Name)
	case child.Commercial && (!a.Terms.Commercial || a.Restricted):
		return ErrTerms.Wrapf("commercial: asset %x (%s) may not be used for money, so its children may not", a.ID, a.Name)
	}
	return nil
}
