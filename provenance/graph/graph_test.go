package graph_test

import (
	"encoding/xml"
	"errors"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ayni.example/provenance/graph"
)

// diamond is a merge of two fine-tunes of one base, and a parent that is only suspected.
func diamond() graph.Graph {
	g := graph.Graph{
		Root: "merged00000000",
		Nodes: []graph.Node{
			{ID: "merged00000000", Name: "merged", Kind: "merge"},
			{ID: "left", Name: "left", Kind: "model"},
			{ID: "right", Name: "right", Kind: "model"},
			{ID: "base", Name: "base", Kind: "model", Banned: true},
			{ID: "set", Name: "set", Kind: "dataset"},
		},
		Edges: []graph.Edge{
			{Asset: "merged00000000", Parent: "left", Relation: "merge", Evidence: graph.Observed},
			{Asset: "merged00000000", Parent: "right", Relation: "merge", Evidence: graph.Verified},
			{Asset: "left", Parent: "base", Relation: "finetune", Evidence: graph.Claimed},
			{Asset: "right", Parent: "base", Relation: "finetune", Evidence: graph.Observed},
			{Asset: "right", Parent: "set", Relation: "train-data", Evidence: graph.Claimed},
			{Asset: "base", Parent: "set", Relation: "found", Evidence: graph.Suspected},
		},
	}
	g.Sort()
	return g
}

func TestTree(t *testing.T) {
	var b strings.Builder
	if err := diamond().Tree(&b); err != nil {
		t.Fatal(err)
	}
	want := `merged (merge) merged000000
├─ merge, verified: right (model) right
│  ├─ finetune, observed: base (model) base banned
│  │  └─ found, suspected: set (dataset) set
│  └─ train-data, claimed: set (dataset) set
└─ merge, observed: left (model) left
   └─ finetune, claimed: base (model) base banned (see above)
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
	down := diamond()
	down.Root = "set"
	b.Reset()
	if err := down.Tree(&b); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(b.String(), "set (dataset) set\n├─ found, suspected: base") {
		t.Error(b.String())
	}
}

// TestPicture reads the picture as XML: every asset and every edge is in it, each evidence with a line of its own.
func TestPicture(t *testing.T) {
	g := diamond()
	g.Nodes[0].Name = `<script>alert(1)</script>"&`
	var b strings.Builder
	if err := g.SVG(&b); err != nil {
		t.Fatal(err)
	}
	count, styles := map[string]int{}, map[string]string{}
	places := map[string]bool{}
	for d := xml.NewDecoder(strings.NewReader(b.String())); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		e, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		count[e.Name.Local]++
		attributes := map[string]string{}
		for _, a := range e.Attr {
			attributes[a.Name.Local] = a.Value
		}
		switch e.Name.Local {
		case "path":
			styles[attributes["class"]] = attributes["stroke-width"] + "/" + attributes["stroke-dasharray"]
		case "rect":
			places[attributes["x"]+","+attributes["y"]] = true
		case "script", "style":
			t.Error("the picture has code")
		}
	}
	if count["rect"] != 5 || len(places) != 5 || count["path"] != 6 {
		t.Errorf("%v, boxes at %v", count, places)
	}
	distinct := map[string]bool{}
	for _, s := range styles {
		distinct[s] = true
	}
	if len(styles) != 4 || len(distinct) != 4 {
		t.Errorf("evidence looks alike: %v", styles)
	}
}

func TestDOT(t *testing.T) {
	g := diamond()
	g.Nodes[0].Name = "a\"]; evil [\\\x1b[2J"
	var b strings.Builder
	if err := g.DOT(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"base" -> "left" [label="finetune\nclaimed", style=dashed];`, `a\"]; evil [\\[2J`, `style=dotted`, `style=bold`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%s is missing in\n%s", want, b.String())
		}
	}
	if strings.Contains(b.String(), "\x1b") {
		t.Error("a name moves the cursor")
	}
}

// TestStrangeGraphs draws graphs that no ledger has: edges to nowhere, cycles, themselves.
func TestStrangeGraphs(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	for range 200 {
		g := graph.Graph{Root: "0"}
		n := random.IntN(12)
		for i := range n {
			g.Nodes = append(g.Nodes, graph.Node{ID: strconv.Itoa(i), Name: string(rune(random.IntN(0x3000)))})
		}
		for range random.IntN(40) {
			g.Edges = append(g.Edges, graph.Edge{Asset: strconv.Itoa(random.IntN(n + 1)), Parent: strconv.Itoa(random.IntN(n + 1)), Relation: "r", Evidence: "e"})
		}
		g.Sort()
		for _, draw := range []func(io.Writer) error{g.Tree, g.DOT, g.SVG} {
			if err := draw(io.Discard); err != nil {
				t.Fatal(err)
			}
		}
	}
}
