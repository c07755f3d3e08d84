package gateway

import (
	"fmt"
	"maps"
	"slices"

	"ayni.example/inference/engine"
)

// maxAliases bounds the configuration.
const maxAliases = 1000

// Aliases point names that clients use at models that are offered, such as "gpt-4o-mini" at "llama3.2:1b".
type Aliases map[string]string

// Validate refuses aliases that lead to another alias, so that one step always ends.
func (a Aliases) Validate() error {
	if len(a) > maxAliases {
		return fmt.Errorf("more than %d aliases", maxAliases)
	}
	for _, name := range slices.Sorted(maps.Keys(a)) {
		target := a[name]
		if name == "" || target == "" {
			return fmt.Errorf("alias %q of %q: both names are needed", name, target)
		}
		if _, again := a[target]; again {
			return fmt.Errorf("alias %q leads to the alias %q: point it at a model", name, target)
		}
	}
	return nil
}

// Resolve follows an alias; other names stay.
func (a Aliases) Resolve(name string) string {
	if target, ok := a[name]; ok {
		return target
	}
	return name
}

// extend adds to the models that are offered the aliases that lead to one, and sorts.
func (a Aliases) extend(listed []Listing) []Listing {
	byName := make(map[string]Listing, len(listed))
	for _, l := range listed {
		byName[l.Name] = l
	}
	for name, target := range a {
		if l, ok := byName[target]; ok {
			l.Name = name
			byName[name] = l // an alias wins over a model of the same name, as in Resolve
		}
	}
	out := make([]Listing, 0, len(byName))
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		out = append(out, byName[name])
	}
	return out
}

// errUnknownModel is what clients see of a name that nobody offers.
func errUnknownModel(name string) error {
	return engine.Errorf(engine.NotFound, "model %q is not offered here", name).WithParam("model").
		WithHint("GET /v1/models lists what is")
}
