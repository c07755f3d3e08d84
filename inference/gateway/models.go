package gateway

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"cosmossdk.io/math"

	"ayni.example/inference/dialect/jsonbody"
	"ayni.example/inference/engine"
	"ayni.example/inference/ollama"
	"ayni.example/inference/openai"
)

// ollamaVersion is the version of Ollama whose API this is; clients look whether it is new enough for them.
const ollamaVersion = "0.17.4"

// resident is how long /api/ps says that a model stays.
const resident = 5 * time.Minute

// offered lists the models that a caller may ask for, aliases among them.
func (g *Gateway) offered(r *http.Request) ([]Listing, error) {
	all, err := g.cfg.Router.Models(r.Context())
	if err != nil {
		return nil, err
	}
	all = g.cfg.Aliases.extend(all)
	key := callerOf(r).key
	if key == nil {
		return all, nil
	}
	return slices.DeleteFunc(all, func(l Listing) bool { return !key.MayUse(g.namesOf(l.Name, l.Model)...) }), nil
}

// namesOf are all by which a key may be limited to a model.
func (g *Gateway) namesOf(asked string, model engine.Model) []string {
	names := []string{asked, g.cfg.Aliases.Resolve(asked), fullName(asked), model.Name}
	if model.Digest != "" {
		names = append(names, model.Digest)
	}
	return names
}

func (g *Gateway) findOffered(r *http.Request, name string) (Listing, error) {
	all, err := g.offered(r)
	if err != nil {
		return Listing{}, err
	}
	for _, l := range all {
		if l.Name == name || fullName(l.Name) == fullName(name) {
			return l, nil
		}
	}
	return Listing{}, errUnknownModel(name)
}

func (g *Gateway) listModels(w http.ResponseWriter, r *http.Request) {
	all, err := g.offered(r)
	if err != nil {
		writeError(w, r.URL.Path, err)
		return
	}
	out := make([]openai.Listed, len(all))
	for i, l := range all {
		out[i] = openaiListed(l)
	}
	g.writeEncoded(w, r, func() ([]byte, error) { return openai.Models(out) })
}

func (g *Gateway) showModel(w http.ResponseWriter, r *http.Request) {
	l, err := g.findOffered(r, r.PathValue("id"))
	if err != nil {
		writeError(w, r.URL.Path, err)
		return
	}
	g.writeEncoded(w, r, func() ([]byte, error) { return openai.Model(openaiListed(l)) })
}

func (g *Gateway) tags(w http.ResponseWriter, r *http.Request) {
	all, err := g.offered(r)
	if err != nil {
		writeError(w, r.URL.Path, err)
		return
	}
	out := make([]ollama.Listed, len(all))
	for i, l := range all {
		out[i] = ollamaListed(l)
	}
	g.writeEncoded(w, r, func() ([]byte, error) { return ollama.Tags(out) })
}

// processes lists what this machine can answer itself.
func (g *Gateway) processes(w http.ResponseWriter, r *http.Request) {
	all, err := g.offered(r)
	if err != nil {
		writeError(w, r.URL.Path, err)
		return
	}
	out := []ollama.Listed{}
	for _, l := range all {
		if slices.ContainsFunc(l.Routes, func(r Route) bool { return r.Local }) {
			out = append(out, ollamaListed(l))
		}
	}
	g.writeEncoded(w, r, func() ([]byte, error) { return ollama.Processes(out, g.cfg.Now().Add(resident)) })
}

func (g *Gateway) show(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Model string `json:"model"`
		Name  string `json:"name"` // of older clients
	}
	body, err := g.readBody(w, r)
	if err == nil {
		err = jsonbody.Decode(body, &in)
	}
	if err != nil {
		writeError(w, r.URL.Path, err)
		return
	}
	if in.Model == "" {
		in.Model = in.Name
	}
	l, err := g.findOffered(r, in.Model)
	if err != nil {
		writeError(w, r.URL.Path, err)
		return
	}
	g.writeEncoded(w, r, func() ([]byte, error) { return ollama.Show(ollamaListed(l)) })
}

func (g *Gateway) version(w http.ResponseWriter, r *http.Request) {
	g.writeEncoded(w, r, func() ([]byte, error) { return ollama.Version(ollamaVersion) })
}

func (g *Gateway) writeEncoded(w http.ResponseWriter, r *http.Request, encode func() ([]byte, error)) {
	body, err := encode()
	if err != nil {
		writeError(w, r.URL.Path, err)
		return
	}
	writeBody(w, http.StatusOK, "application/json", body)
}

func openaiListed(l Listing) openai.Listed {
	m := l.Model
	m.Name = l.Name
	listed := openai.Listed{Model: m, Owner: "local"}
	if len(l.Routes) > 0 && !l.Routes[0].Local {
		first := l.Routes[0]
		input, output := first.Prices()
		listed.Owner, listed.Pricing = first.Provider, &openai.Pricing{Prompt: tokenPrice(input), Completion: tokenPrice(output), Upstream: share(first.Upstream)}
	}
	return listed
}

func ollamaListed(l Listing) ollama.Listed {
	m := l.Model
	m.Name = l.Name
	return ollama.Listed{Model: m}
}

// tokenPrice is acredit in credits, a decimal number.
func tokenPrice(acredit math.Int) string {
	text := strings.TrimRight(math.LegacyNewDecFromIntWithPrec(acredit, math.LegacyPrecision).String(), "0")
	return strings.TrimSuffix(text, ".")
}

// share is millionths as a fraction of one, a decimal number.
func share(ppm uint32) string { return strconv.FormatFloat(float64(ppm)/1_000_000, 'f', -1, 64) }
