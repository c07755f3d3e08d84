package gateway

import (
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"ayni.example/inference/engine"
	"ayni.example/x/inference"
	"ayni.example/x/provider"
)

// stock is what was offered at one time, by the names under which it can be asked for. It does not change.
type stock struct {
	at       time.Time
	offersAt time.Time
	offers   []Offered
	scores   map[string][]Score // by provider
	scoresAt time.Time          // when they were asked for
	err      error              // of what could not be read

	names   map[string]*entry // by full name: "llama3.2:latest"
	digests map[string]*entry // by digest in hexadecimal digits
}

// entry is all that goes by one name or digest.
type entry struct {
	name      string
	routes    []Route
	withheld  string // why somebody who offers it is no candidate
	forbidden string // by which term nobody may be paid for it
	first     map[string]int64
}

// index sorts offers and local models under their names.
func (s *stock) index(local []engine.Model, self []string) {
	s.names, s.digests = map[string]*entry{}, map[string]*entry{}
	for _, m := range local {
		s.add(m.Name, m.Digest, Route{Local: true, Model: m}, 0)
	}
	for _, o := range s.offers {
		if slices.Contains(self, o.Offer.Provider) {
			continue
		}
		digest := hex.EncodeToString(o.Offer.Model)
		if why := withheld(o.Provider); why != "" {
			s.entry(s.names, fullName(o.Offer.Name), o.Offer.Name).withheld = why
			s.entry(s.digests, digest, o.Offer.Name).withheld = why
			continue
		}
		if o.Forbidden != "" {
			s.entry(s.names, fullName(o.Offer.Name), o.Offer.Name).forbidden = o.Forbidden
			s.entry(s.digests, digest, o.Offer.Name).forbidden = o.Forbidden
			continue
		}
		route := Route{
			Provider: o.Offer.Provider, Moniker: o.Provider.Name, Key: o.Provider.ReceiptKey, Peer: o.Provider.PeerId,
			Addrs: o.Provider.Endpoints, Offer: o.Offer, Upstream: o.Upstream, Model: offeredModel(o),
			Score: s.score(o.Offer.Provider, o.Offer.Name, digest),
		}
		s.add(o.Offer.Name, digest, route, registeredAs(o))
	}
	for _, e := range s.names {
		e.settle()
	}
}

func (s *stock) add(name, digest string, route Route, registered int64) {
	e := s.entry(s.names, fullName(name), name)
	e.routes = append(e.routes, route)
	if height, known := e.first[digest]; !known || registered < height {
		e.first[digest] = registered
	}
	if digest != "" {
		d := s.entry(s.digests, digest, name)
		d.routes = append(d.routes, route)
	}
}

// entry finds or makes the entry under a key.
func (s *stock) entry(under map[string]*entry, key, name string) *entry {
	e := under[key]
	if e == nil {
		e = &entry{name: name, first: map[string]int64{}}
		under[key] = e
	}
	return e
}

// settle keeps a name to one model among the offers: the one that was registered first under it, so that nobody can put other
// weights under a known name. This machine's own model counts beside it. Others can be asked for by digest.
func (e *entry) settle() {
	var digest string
	for _, r := range e.routes {
		if r.Local {
			continue
		}
		if digest == "" || e.first[r.Model.Digest] < e.first[digest] ||
			e.first[r.Model.Digest] == e.first[digest] && r.Model.Digest < digest {
			digest = r.Model.Digest
		}
	}
	e.routes = slices.DeleteFunc(e.routes, func(r Route) bool { return !r.Local && r.Model.Digest != digest })
}

// find looks a model up; pin is the provider behind the last colon when the whole is no name.
func (s *stock) find(model string) (found entry, pin string) {
	if e := s.lookup(model); e != nil {
		return *e, ""
	}
	i := strings.LastIndexByte(model, ':')
	if i < 0 {
		return entry{}, ""
	}
	e := s.lookup(model[:i])
	if e == nil {
		return entry{}, ""
	}
	pin = model[i+1:]
	if !slices.ContainsFunc(e.routes, func(r Route) bool { return r.named(pin) }) {
		return entry{}, ""
	}
	return *e, pin
}

func (s *stock) lookup(model string) *entry {
	if e := s.names[fullName(model)]; e != nil {
		return e
	}
	return s.digests[strings.TrimPrefix(model, "sha256:")]
}

// absent says why there is no candidate.
func (s *stock) absent(model string, found entry) error {
	switch {
	case found.forbidden != "":
		return engine.Errorf(engine.Forbidden, "model %q is not paid for, its owner does not allow it: %s", model, found.forbidden).WithParam("model").
			WithHint("ask for another model, or for one that is offered for nothing")
	case found.withheld != "":
		return engine.Errorf(engine.Unavailable, "nobody serves model %q now: %s", model, found.withheld).WithParam("model")
	case s.err != nil:
		return engine.Errorf(engine.Unavailable, "nobody is known to serve model %q, and not all could be asked: %w", model, s.err).
			WithParam("model").WithHint("try again shortly")
	}
	same := 0
	for _, e := range s.names {
		if strings.HasPrefix(e.name, model+engine.Mark) && len(e.routes) > 0 {
			same++
		}
	}
	if same > 0 {
		return engine.Ambiguous(model, same)
	}
	return errUnknownModel(model)
}

// fullName adds the tag that Ollama's clients leave out.
func fullName(name string) string {
	if strings.Contains(name[strings.LastIndexByte(name, '/')+1:], ":") {
		return name
	}
	return name + ":latest"
}

// named tells whether a candidate goes by a name: an address, a provider's own name, or "local".
func (r Route) named(name string) bool {
	if r.Local {
		return name == "local"
	}
	return name == r.Provider || name == r.Moniker && name != "local"
}

// place is where the request's order has a candidate, behind all others when nowhere.
func (p Preference) place(r Route) int {
	if i := slices.IndexFunc(p.Order, r.named); i >= 0 {
		return i
	}
	return len(p.Order)
}

// admits tells whether a candidate is what the request wants.
func (p Preference) admits(r Route) bool {
	input, output := r.Prices()
	switch {
	case r.Local && p.Local == LocalNever, !r.Local && p.Local == LocalOnly:
		return false
	case len(p.Only) > 0 && !slices.ContainsFunc(p.Only, r.named), slices.ContainsFunc(p.Ignore, r.named):
		return false
	case !p.MaxInput.IsNil() && input.GT(p.MaxInput), !p.MaxOutput.IsNil() && output.GT(p.MaxOutput):
		return false
	case len(p.Quantisations) > 0 && !slices.ContainsFunc(p.Quantisations, func(q string) bool {
		return strings.EqualFold(q, r.Model.Quantisation)
	}):
		return false
	case p.Assurance == "" || p.Assurance == "signed":
		return true
	default:
		return slices.Contains(r.Offer.Assurances, p.Assurance)
	}
}

// withheld says why a provider may not be given work, "" when it may.
func withheld(p provider.Provider) string {
	switch p.Status {
	case provider.StatusActive:
		return ""
	case provider.StatusSuspended:
		return "provider " + p.Name + " is suspended: " + p.Reason
	case provider.StatusLeaving:
		return "provider " + p.Name + " is leaving"
	default:
		return "provider " + p.Name + " is not registered"
	}
}

// registeredAs is the height at which an offer's model was registered under the offer's name; under another name, after all.
func registeredAs(o Offered) int64 {
	const never = int64(^uint64(0) >> 1)
	if fullName(o.Model.Name) != fullName(o.Offer.Name) {
		return never
	}
	return o.Model.RegisteredHeight
}

func offeredModel(o Offered) engine.Model {
	m := engine.Model{
		Name: o.Offer.Name, Digest: hex.EncodeToString(o.Offer.Model), Context: o.Offer.Context, Capabilities: o.Offer.Capabilities,
	}
	describe(&m, o.Model)
	return m
}

func describe(m *engine.Model, known inference.Model) {
	m.Opaque, m.Family, m.Format, m.Quantisation = known.Opaque, known.Family, known.Format, known.Quantisation
	m.License, m.Parameters, m.SizeBytes = known.License, known.Parameters, known.SizeBytes
}
