package arch_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const module = "ayni.example/"

// Layers, lowest first. A package imports its own layer and lower ones only.
const (
	leaf = iota
	state
	ledger
	service
	role
	face
)

// layers maps a folder to its layer; the longest prefix wins.
var layers = map[string]int{
	"tensor": leaf, "zk": leaf, "zkml/onnx": leaf, "compute/manifest": leaf, "agent/charter": leaf, "provenance/descent": leaf, "provenance/standard": leaf, "provenance/graph": leaf, "receipt": leaf, "internal/canon": leaf, "internal/clock": leaf, "internal/vrf": leaf, "internal/suggest": leaf,
	"x": state, "internal/ethkey": state,
	"chain":  ledger,
	"client": service, "credit": service, "provider": service, "p2p": service, "train": service, "artifact": service,
	"sandbox": service, "provenance/lineage": service, "council": service, "index": service, "referee": service, "internal/daemon": service, "internal/home": service,
	"compute": role, "inference": role, "agent": role, "provenance": role, "apps": role, "arena": role, "zkml": role,
	"cli": face, "web": face, "cmd": face,
	"internal/testchain": face, "internal/prooftest": face, "internal/disputetest": face, "internal/testpostgres": face, "internal/arch": face, "x/internal/ledgertest": face, "x/internal/disputesim": face, "test": face, "examples": face, "tools": face,
}

// impure are what leaves and the state machine must not import.
var impure = map[string]string{
	"net": "reaches the network", "net/http": "reaches the network", "os/exec": "starts processes",
	"math/rand": "is not a seeded source", "math/rand/v2": "is not a seeded source",
}

// pillars may not import each other's roles; they meet through services.
var pillars = []string{"compute", "inference", "agent", "provenance", "apps", "arena", "zkml"}

func under(pkg, folder string) bool { return pkg == folder || strings.HasPrefix(pkg, folder+"/") }

func layerOf(pkg string) (int, bool) {
	best, length, found := 0, -1, false
	for folder, layer := range layers {
		if under(pkg, folder) && len(folder) > length {
			best, length, found = layer, len(folder), true
		}
	}
	return best, found
}

func pillarOf(pkg string) string {
	for _, p := range pillars {
		if under(pkg, p) {
			return p
		}
	}
	return ""
}

// forbidden tells why package from must not import package to, or "".
func forbidden(from, to string) string {
	lower, _ := layerOf(from)
	upper, known := layerOf(to)
	switch {
	case !known:
		return "it is in no layer"
	case upper > lower:
		return "it is in a higher layer"
	case lower >= service && lower < face && strings.HasPrefix(to, "x/") && strings.Contains(to, "/keeper"):
		return "daemons send messages, they never hold a keeper"
	case lower == role && under(to, "chain"):
		return "roles reach the ledger through client"
	case lower == role && upper == role && pillarOf(to) != pillarOf(from):
		return "pillars meet through services, not through each other's roles"
	case lower == state && strings.HasPrefix(from, "x/") && strings.HasSuffix(to, "/keeper") && path.Dir(to) != path.Dir(from) && path.Dir(to) != from:
		return "modules reach another's keeper through an interface in keeper/expected.go"
	}
	return ""
}

// TestLayers reads the imports itself, not through "go list", so that the test cache sees the files it depends on.
func TestLayers(t *testing.T) {
	root := filepath.Join("..", "..")
	err := fs.WalkDir(os.DirFS(root), ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && file != "." || d.Name() == "node_modules" || d.Name() == "testdata") {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		checkFile(t, root, file)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func checkFile(t *testing.T, root, file string) {
	t.Helper()
	pkg := path.Dir(file)
	from, ok := layerOf(pkg)
	if !ok {
		t.Errorf("%s is in no layer: add its folder to layers", pkg)
		return
	}
	f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, file), nil, parser.ImportsOnly)
	if err != nil {
		t.Error(err)
		return
	}
	for _, spec := range f.Imports {
		imp, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Error(err)
			continue
		}
		if to, ours := strings.CutPrefix(imp, module); ours {
			if why := forbidden(pkg, to); why != "" {
				t.Errorf("%s imports %s: %s", file, to, why)
			}
			continue
		}
		if why := impure[imp]; why != "" && from <= state && !strings.Contains(file, "/simulation/") {
			t.Errorf("%s imports %s, which %s: leaves and the state machine are deterministic", file, imp, why)
		}
		if from == leaf && strings.HasPrefix(imp, "github.com/cosmos/cosmos-sdk") {
			t.Errorf("%s imports %s: leaves know no ledger engine", file, imp)
		}
	}
}

// TestForbidden keeps the rule itself honest: each line breaks one rule.
func TestForbidden(t *testing.T) {
	for _, c := range []struct{ from, to string }{
		{"receipt", "client"},
		{"x/credit/keeper", "chain"},
		{"client", "x/credit/keeper"},
		{"inference/gateway", "chain"},
		{"inference/gateway", "agent/host"},
		{"x/inference/keeper", "x/provider/keeper"},
		{"x/credit", "nowhere"},
	} {
		if forbidden(c.from, c.to) == "" {
			t.Errorf("%s may import %s", c.from, c.to)
		}
	}
	for _, c := range []struct{ from, to string }{
		{"x/credit/module", "x/credit/keeper"},
		{"x/inference/keeper", "x/provider"},
		{"inference/gateway", "receipt"},
		{"chain", "x/credit/keeper"},
		{"cli", "chain"},
	} {
		if why := forbidden(c.from, c.to); why != "" {
			t.Errorf("%s may not import %s: %s", c.from, c.to, why)
		}
	}
}
