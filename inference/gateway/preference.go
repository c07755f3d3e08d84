package gateway

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"cosmossdk.io/math"

	"ayni.example/inference/engine"
)

// LocalChoice says whether a request may, should or must stay on this machine.
type LocalChoice string

// The choices; the empty one means prefer: this machine first, then the network.
const (
	LocalPrefer LocalChoice = "prefer"
	LocalNever  LocalChoice = "never"
	LocalOnly   LocalChoice = "only"
)

// PreferenceHeader carries a `provider` object where a client cannot put one into the body; the body's own wins.
const PreferenceHeader = "Ayni-Provider"

const (
	maxNamed     = 32  // entries of one list
	maxNamedSize = 128 // bytes of one entry
	maxFallbacks = 4   // further models of one request
)

// Preference is what a request asks of its route; the zero value asks nothing. Providers are named by address or by name.
type Preference struct {
	Local         LocalChoice
	Order         []string // these first, in this order
	Only          []string // no others
	Ignore        []string // never these
	NoFallbacks   bool     // the first candidate or none
	SortByPrice   bool     // cheapest first, which this machine always is
	MaxInput      math.Int // acredit per token, nil for any
	MaxOutput     math.Int
	Quantisations []string // only these, empty for any
	Assurance     string   // only who offers this level, "" for any
	Models        []string // to try in turn when nobody serves the first
}

// preferenceBody is the part of a body that concerns the route. The fields of `provider` are those of OpenRouter that mean
// something here, and `local`.
type preferenceBody struct {
	Provider  json.RawMessage `json:"provider"`
	Models    []string        `json:"models"`
	Assurance string          `json:"assurance"`
}

type providerObject struct {
	Local          LocalChoice `json:"local"`
	Order          []string    `json:"order"`
	Only           []string    `json:"only"`
	Ignore         []string    `json:"ignore"`
	AllowFallbacks *bool       `json:"allow_fallbacks"`
	Sort           string      `json:"sort"`
	MaxPrice       *maxPrice   `json:"max_price"`
	Quantizations  []string    `json:"quantizations"`
}

// maxPrice is in credits per million tokens, as a number or a string.
type maxPrice struct {
	Prompt     price `json:"prompt"`
	Completion price `json:"completion"`
}

type price struct{ acreditPerToken math.Int }

// tokensPerPrice is the number of tokens that a price in requests is for.
const tokensPerPrice = 1_000_000

// UnmarshalJSON reads a decimal exactly, without a float in between; what is below one acredit a token is cut off.
func (p *price) UnmarshalJSON(data []byte) error {
	text := strings.Trim(string(data), `"`)
	if len(text) > 40 {
		return errors.New("price has more than 40 digits")
	}
	credits, err := math.LegacyNewDecFromStr(text)
	if err != nil || credits.IsNegative() {
		return errors.New("price is no decimal number of at least 0")
	}
	acredit := credits.BigInt() // LegacyDec counts in units of 10^-18, as credits do
	p.acreditPerToken = math.NewIntFromBigInt(acredit).QuoRaw(tokensPerPrice)
	return nil
}

// ParsePreference reads what a body, or a header instead, asks of the route. What is not understood is refused: to ignore a
// wish about who sees the content would be a lie.
func ParsePreference(body []byte, header string) (Preference, error) {
	var in preferenceBody
	if mentions(body) {
		if err := json.Unmarshal(body, &in); err != nil {
			return Preference{}, engine.Errorf(engine.Invalid, "provider, models or assurance: %w", err).WithParam("provider")
		}
	}
	object := []byte(in.Provider)
	if len(object) == 0 || string(object) == "null" {
		object = []byte(header)
	}
	want := Preference{Models: in.Models, Assurance: in.Assurance}
	if len(want.Models) > maxFallbacks {
		return Preference{}, engine.Errorf(engine.Invalid, "models has more than %d entries", maxFallbacks).WithParam("models")
	}
	switch want.Assurance {
	case "", "signed", "sampled", "exact", "attested", "proved":
	default:
		return Preference{}, engine.Errorf(engine.Invalid, "assurance %q is unknown", want.Assurance).WithParam("assurance").
			WithHint("use signed, sampled, exact, attested or proved")
	}
	if len(object) == 0 {
		return want, nil
	}
	return want, want.read(object)
}

// mentions tells whether a body may have one of our fields, so that most bodies are not parsed twice. An escape may hide a
// name, so bodies with one are parsed too.
func mentions(body []byte) bool {
	for _, word := range []string{`"provider"`, `"models"`, `"assurance"`, `\u00`} {
		if bytes.Contains(body, []byte(word)) {
			return true
		}
	}
	return false
}

func (p *Preference) read(object []byte) error {
	var in providerObject
	decoder := json.NewDecoder(bytes.NewReader(object))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(&in)
	if err == nil {
		if _, more := decoder.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("there is something behind the object")
		}
	}
	if err != nil {
		return engine.Errorf(engine.Invalid, "provider: %w", err).WithParam("provider").
			WithHint("it has local, order, only, ignore, allow_fallbacks, sort, max_price and quantizations")
	}
	switch in.Local {
	case "", LocalPrefer, LocalNever, LocalOnly:
	default:
		return engine.Errorf(engine.Invalid, "provider.local is %q", in.Local).WithParam("provider.local").
			WithHint("use prefer, never or only")
	}
	if in.Sort != "" && in.Sort != "price" {
		return engine.Errorf(engine.Invalid, "provider.sort is %q", in.Sort).WithParam("provider.sort").WithHint("use price")
	}
	for _, list := range [][]string{in.Order, in.Only, in.Ignore, in.Quantizations} {
		if err := checkNames(list); err != nil {
			return err
		}
	}
	p.Local, p.Order, p.Only, p.Ignore, p.Quantisations = in.Local, in.Order, in.Only, in.Ignore, in.Quantizations
	p.NoFallbacks = in.AllowFallbacks != nil && !*in.AllowFallbacks
	p.SortByPrice = in.Sort == "price"
	if in.MaxPrice != nil {
		p.MaxInput, p.MaxOutput = in.MaxPrice.Prompt.acreditPerToken, in.MaxPrice.Completion.acreditPerToken
	}
	return nil
}

func checkNames(names []string) error {
	if len(names) > maxNamed {
		return engine.Errorf(engine.Invalid, "provider: a list has more than %d entries", maxNamed).WithParam("provider")
	}
	for _, name := range names {
		if name == "" || len(name) > maxNamedSize {
			return engine.Errorf(engine.Invalid, "provider: a name has 1 to %d bytes", maxNamedSize).WithParam("provider")
		}
	}
	return nil
}
