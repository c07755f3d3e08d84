package appmod_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"cosmossdk.io/core/appmodule"

	"ayni.example/x/council"
	"ayni.example/x/internal/ledgertest"
	"ayni.example/x/schedule"
)

func TestDefaultGenesisRoundTrip(t *testing.T) {
	l := ledgertest.New(t)
	for _, m := range l.Modules {
		genesis := m.DefaultGenesis(l.Codec)
		ledgertest.Must(t, m.ValidateGenesis(l.Codec, nil, genesis))
		m.InitGenesis(l.Ctx, l.Codec, genesis)
		if got := m.ExportGenesis(l.Ctx, l.Codec); string(got) != string(genesis) {
			t.Fatalf("%s exports %s, was given %s", m.Name(), got, genesis)
		}
		if m.ConsensusVersion() == 0 {
			t.Fatalf("%s has no version", m.Name())
		}
	}
}

func TestGenesisRefuses(t *testing.T) {
	for _, genesis := range []string{``, `[]`, `{"unknown":1}`, `{}`, `{"params":null}`} {
		l := ledgertest.New(t)
		for _, m := range l.Modules {
			err := m.ValidateGenesis(l.Codec, nil, json.RawMessage(genesis))
			if err == nil || !strings.Contains(err.Error(), m.Name()+" genesis") {
				t.Fatalf("%s checks %q: %v", m.Name(), genesis, err)
			}
			if text := panics(func() { m.InitGenesis(l.Ctx, l.Codec, json.RawMessage(genesis)) }); !strings.Contains(text, m.Name()) {
				t.Fatalf("%s starts from %q: %q", m.Name(), genesis, text)
			}
		}
	}
}

func TestExportNeedsState(t *testing.T) {
	l := ledgertest.New(t)
	for _, m := range l.Modules {
		if text := panics(func() { m.ExportGenesis(l.Ctx, l.Codec) }); !strings.Contains(text, m.Name()+" genesis") {
			t.Fatalf("%s exports an empty store: %q", m.Name(), text)
		}
	}
}

// Nothing may be written where no message asks for it, or an idle ledger would never come to rest; what time brings comes by
// the schedule, and validators from the council, whose own tests hold them to the same.
func TestModulesDoNothingOfThemselves(t *testing.T) {
	for _, m := range ledgertest.New(t).Modules {
		_, begins := m.(appmodule.HasBeginBlocker)
		_, ends := m.(appmodule.HasEndBlocker)
		switch m.Name() {
		case schedule.ModuleName, council.ModuleName:
			continue
		}
		if begins || ends {
			t.Fatalf("%s acts on its own", m.Name())
		}
	}
}

// panics returns what f panics with; empty where it does not.
func panics(f func()) (text string) {
	defer func() {
		if r := recover(); r != nil {
			text = fmt.Sprint(r)
		}
	}()
	f()
	return ""
}
