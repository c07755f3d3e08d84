package graph

import (
	"fmt"
	"io"
	"strings"
)

// maxDepth bounds how far a tree is drawn; what lies deeper is counted.
const maxDepth = 64

// Tree writes the graph as lines of text below its root. What was shown before is not shown again.
func (g Graph) Tree(w io.Writer) error {
	t := tree{g: g, w: w, down: g.down(), shown: make(map[string]bool)}
	t.edges = g.out(t.down)
	root, _ := g.Node(g.Root)
	t.line("", label(root))
	t.shown[g.Root] = true
	t.below(g.Root, "", 0)
	if g.Cut {
		t.line("", "and more: the graph is larger than what was read")
	}
	return t.err
}

type tree struct {
	g     Graph
	w     io.Writer
	down  bool
	edges map[string][]Edge
	shown map[string]bool
	err   error
}

func (t *tree) line(indent, text string) {
	if t.err == nil {
		_, t.err = fmt.Fprintln(t.w, indent+text)
	}
}

func (t *tree) below(id, indent string, depth int) {
	list := t.edges[id]
	if depth == maxDepth && len(list) > 0 {
		t.line(indent, fmt.Sprintf("└─ and %d more", len(list)))
		return
	}
	for i, e := range list {
		branch, next := "├─ ", "│  "
		if i == len(list)-1 {
			branch, next = "└─ ", "   "
		}
		node, known := t.g.Node(e.far(t.down))
		text := e.Relation + ", " + e.Evidence + ": " + label(node)
		again := t.shown[node.ID]
		if again && len(t.edges[node.ID]) > 0 {
			text += " (see above)"
		}
		t.line(indent, branch+text)
		if known && !again {
			t.shown[node.ID] = true
			t.below(node.ID, indent+next, depth+1)
		}
	}
}

// label is a node as one line. Names are other people's.
func label(n Node) string {
	text := fmt.Sprintf("%s (%s) %s", clean(n.Name), clean(n.Kind), short(n.ID))
	if n.Name == "" {
		text = short(n.ID)
	}
	if n.Banned {
		text += " banned"
	}
	return text
}

func short(id string) string {
	const digits = 12
	if len(id) <= digits {
		return id
	}
	return id[:digits]
}

// clean takes out what would move a terminal's cursor.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x2028 && r <= 0x202e {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
}

// DOT writes the graph in Graphviz's language.
func (g Graph) DOT(w io.Writer) error {
	var b strings.Builder
	b.WriteString("digraph lineage {\n  rankdir=BT;\n  node [shape=box, fontname=\"sans-serif\"];\n")
	for _, n := range g.Nodes {
		name := n.Name
		if name == "" {
			name = short(n.ID)
		}
		fmt.Fprintf(&b, "  %s [label=%s];\n", quote(n.ID), quote(name+"\n"+n.Kind))
	}
	for _, e := range g.Edges {
		fmt.Fprintf(&b, "  %s -> %s [label=%s, style=%s];\n", quote(e.Parent), quote(e.Asset), quote(e.Relation+"\n"+e.Evidence), styleOf(e.Evidence).dot)
	}
	b.WriteString("}\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// quote is a string of Graphviz's language.
func quote(s string) string {
	lines := strings.Split(strings.ToValidUTF8(s, ""), "\n")
	for i := range lines {
		lines[i] = strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(clean(lines[i]))
	}
	return `"` + strings.Join(lines, `\n`) + `"`
}
