package gateway_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cosmossdk.io/math"

	"ayni.example/inference/engine"
	"ayni.example/inference/gateway"
)

func TestParsePreference(t *testing.T) {
	whole := `{"model":"m","models":["n"],"assurance":"exact","provider":{"local":"never","order":["a"],"only":["a","b"],"ignore":["c"],
		"allow_fallbacks":false,"sort":"price","max_price":{"prompt":0.000001,"completion":"2"},"quantizations":["Q8_0"]}}`
	same := gateway.Preference{
		Local: gateway.LocalNever, Order: []string{"a"}, Only: []string{"a", "b"}, Ignore: []string{"c"}, NoFallbacks: true, SortByPrice: true,
		MaxInput: math.NewInt(1_000_000), MaxOutput: math.NewInt(2_000_000_000_000), Quantisations: []string{"Q8_0"}, Assurance: "exact",
		Models: []string{"n"},
	}
	cases := []struct {
		name, body, header string
		want               gateway.Preference
		wrong              string
	}{
		{"nothing", `{"model":"m"}`, "", gateway.Preference{}, ""},
		{"everything", whole, "", same, ""},
		{"header", `{"model":"m"}`, `{"local":"only"}`, gateway.Preference{Local: gateway.LocalOnly}, ""},
		{"body wins", `{"provider":{"local":"never"}}`, `{"local":"only"}`, gateway.Preference{Local: gateway.LocalNever}, ""},
		{"null", `{"provider":null}`, "", gateway.Preference{}, ""},
		{"behind an escape", `{"\u0070rovider":{"local":"only"}}`, "", gateway.Preference{Local: gateway.LocalOnly}, ""},
		{"content that speaks of it", `{"prompt":"\"provider\": never"}`, "", gateway.Preference{}, ""},
		{"data_collection", `{"provider":{"data_collection":"deny"}}`, "", gateway.Preference{}, "data_collection"},
		{"sort", `{"provider":{"sort":"latency"}}`, "", gateway.Preference{}, `provider.sort is "latency"`},
		{"local", `{"provider":{"local":"yes"}}`, "", gateway.Preference{}, `provider.local is "yes"`},
		{"string", `{"provider":"a"}`, "", gateway.Preference{}, "provider"},
		{"negative price", `{"provider":{"max_price":{"prompt":-1}}}`, "", gateway.Preference{}, "price"},
		{"exponent", `{"provider":{"max_price":{"prompt":1e400}}}`, "", gateway.Preference{}, "price"},
		{"long list", `{"provider":{"order":["` + strings.Repeat(`a","`, 40) + `a"]}}`, "", gateway.Preference{}, "more than 32"},
		{"empty name", `{"provider":{"only":[""]}}`, "", gateway.Preference{}, "1 to 128 bytes"},
		{"many models", `{"models":["a","b","c","d","e"]}`, "", gateway.Preference{}, "more than 4"},
		{"assurance", `{"assurance":"certain"}`, "", gateway.Preference{}, `assurance "certain"`},
		{"header with more behind", `{}`, `{} {}`, gateway.Preference{}, "behind the object"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := gateway.ParsePreference([]byte(c.body), c.header)
			if c.wrong != "" {
				if !engine.IsKind(err, engine.Invalid) || !strings.Contains(err.Error(), c.wrong) {
					t.Fatalf("%v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got, cmp.Comparer(func(a, b math.Int) bool {
				return a.IsNil() == b.IsNil() && (a.IsNil() || a.Equal(b))
			})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// FuzzParsePreference: what is accepted is within bounds, and what is refused is the client's fault.
func FuzzParsePreference(f *testing.F) {
	f.Add([]byte(`{"provider":{"order":["a"],"max_price":{"prompt":"0.1"}}}`), "")
	f.Add([]byte(`{"models":["a"],"assurance":"exact"}`), `{"local":"only","sort":"price"}`)
	f.Add([]byte(`{"provider":{"max_price":{"completion":1e9}}}`), `null`)
	f.Fuzz(func(t *testing.T, body []byte, header string) {
		want, err := gateway.ParsePreference(body, header)
		if err != nil {
			if !engine.IsKind(err, engine.Invalid) {
				t.Fatalf("%v is no fault of the client", err)
			}
			return
		}
		if len(want.Models) > 4 || len(want.Order) > 32 || len(want.Only) > 32 || len(want.Ignore) > 32 {
			t.Fatalf("too long: %+v", want)
		}
		if !want.MaxInput.IsNil() && want.MaxInput.IsNegative() {
			t.Fatalf("negative price %s", want.MaxInput)
		}
		if _, err := json.Marshal(want); err != nil {
			t.Fatal(err)
		}
	})
}

func TestAliases(t *testing.T) {
	if err := (gateway.Aliases{"a": "b", "b": "c"}).Validate(); err == nil || !strings.Contains(err.Error(), `leads to the alias "b"`) {
		t.Errorf("%v", err)
	}
	if err := (gateway.Aliases{"a": "a"}).Validate(); err == nil {
		t.Error("an alias of itself is accepted")
	}
	if err := (gateway.Aliases{"a": ""}).Validate(); err == nil {
		t.Error("an alias of nothing is accepted")
	}
}
