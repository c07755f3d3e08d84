package cli

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"ayni.example/cli/machine"
	"ayni.example/train/recipe"
	"ayni.example/web/operator"
	"ayni.example/x/provenance"
)

const termsHint = "such as --terms share=10,price=5: share in percent, price of a training and ceiling in credits, commercial, derivatives and reciprocal true or false"

// parseTerms reads what an owner asks; nothing asked is nil.
func parseTerms(words map[string]string) (*operator.Terms, error) {
	if len(words) == 0 {
		return nil, nil //nolint:nilnil // no terms are no error
	}
	t := operator.Terms{Commercial: true, Derivatives: true}
	for _, word := range slices.Sorted(maps.Keys(words)) {
		value, err := words[word], error(nil)
		switch word {
		case "share":
			var percent float64
			if percent, err = strconv.ParseFloat(value, 64); err == nil {
				t.Share, err = sharePoints(percent)
			}
		case "price":
			t.Price = value
		case "ceiling":
			t.Ceiling = value
		case "commercial":
			t.Commercial, err = strconv.ParseBool(value)
		case "derivatives":
			t.Derivatives, err = strconv.ParseBool(value)
		case "reciprocal":
			t.Reciprocal, err = strconv.ParseBool(value)
		default:
			err = fmt.Errorf("no such term")
		}
		if err != nil {
			return nil, hint(usage(fmt.Errorf("--terms %s=%s: %w", word, value, err)), termsHint)
		}
	}
	if _, err := machine.LedgerTerms(t); err != nil {
		return nil, hint(usage(fmt.Errorf("--terms: %w", err)), termsHint)
	}
	return &t, nil
}

// sharePoints is a share in basis points.
func sharePoints(percent float64) (uint32, error) {
	if !(percent >= 0 && percent <= 50) {
		return 0, fmt.Errorf("a share of %g: want 0 to 50 percent", percent)
	}
	return uint32(percent*100 + 0.5), nil
}

// recipeTerms are those that a recipe asks for its result; nil: none.
func recipeTerms(r *recipe.Recipe) (*provenance.Terms, error) {
	asked, is := r.OwnTerms()
	if !is {
		return nil, nil //nolint:nilnil // no terms are no error
	}
	points, err := sharePoints(asked.Share)
	if err != nil {
		return nil, advised(r.Fault("terms.share", "more than half of what a model earns never goes upstream", err))
	}
	t, err := machine.LedgerTerms(operator.Terms{
		Share: points, Price: asked.Price, Ceiling: asked.Ceiling, Commercial: asked.Commercial, Derivatives: asked.Derivatives, Reciprocal: asked.Reciprocal,
	})
	if err != nil {
		return nil, advised(r.Fault("terms", "docs/guide/train.md lists the terms", err))
	}
	return &t, nil
}
