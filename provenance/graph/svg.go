package graph

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Sizes of the picture, in pixels.
const (
	boxWidth  = 190
	boxHeight = 46
	gapX      = 26
	gapY      = 70
	margin    = 16
	maxLetter = 24 // of a name in a box
)

// style is how an edge of one evidence looks.
type style struct {
	dot   string
	width string
	dash  string
	class string
}

func styleOf(evidence string) style {
	switch evidence {
	case Verified:
		return style{"bold", "3", "", Verified}
	case Observed:
		return style{"solid", "1.5", "", Observed}
	case Claimed:
		return style{"dashed", "1.5", "7 4", Claimed}
	default:
		return style{"dotted", "1.5", "2 4", Suspected}
	}
}

// SVG writes the graph as a picture: the root below, what it was made from above. It has no styles and scripts of its own, so that a page
// with a strict policy can hold it; a page colours it by class.
func (g Graph) SVG(w io.Writer) error {
	at, width, height := g.layout()
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" font-family="sans-serif" font-size="12">`, width, height, width, height)
	root, _ := g.Node(g.Root)
	fmt.Fprintf(&b, "<title>%s</title>\n", escape("lineage of "+root.Name))
	for _, e := range g.Edges {
		from, okFrom := at[e.Parent]
		to, okTo := at[e.Asset]
		if !okFrom || !okTo {
			continue
		}
		s := styleOf(e.Evidence)
		x1, y1, x2, y2 := from.x+boxWidth/2, from.y+boxHeight, to.x+boxWidth/2, to.y
		fmt.Fprintf(&b, `<path class="edge %s" d="M%d %dC%d %d %d %d %d %d" fill="none" stroke="currentColor" stroke-width="%s"`, s.class, x1, y1, x1, y1+gapY/2, x2, y2-gapY/2, x2, y2, s.width)
		if s.dash != "" {
			fmt.Fprintf(&b, ` stroke-dasharray="%s"`, s.dash)
		}
		fmt.Fprintf(&b, "><title>%s</title></path>\n", escape(e.Relation+", "+e.Evidence))
	}
	for _, n := range g.Nodes {
		p, ok := at[n.ID]
		if !ok {
			continue
		}
		class := "asset"
		if n.ID == g.Root {
			class += " root"
		}
		fmt.Fprintf(&b, `<g class="%s" data-asset="%s"><title>%s</title>`, class, escape(n.ID), escape(n.Name+"\n"+n.ID))
		fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%d" height="%d" rx="6" fill="none" stroke="currentColor"/>`, p.x, p.y, boxWidth, boxHeight)
		fmt.Fprintf(&b, `<text x="%d" y="%d" fill="currentColor">%s</text><text x="%d" y="%d" fill="currentColor" opacity="0.7">%s</text></g>`+"\n",
			p.x+10, p.y+19, escape(clip(n.Name)), p.x+10, p.y+36, escape(n.Kind+" "+short(n.ID)))
	}
	b.WriteString("</svg>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

type place struct{ x, y int }

// layout puts each node into the row of its longest way from the root, and orders rows by the middle of what they lead to.
func (g Graph) layout() (at map[string]place, width, height int) {
	down := g.down()
	row := g.rows(down)
	var rows [][]string
	for _, n := range g.Nodes {
		for len(rows) <= row[n.ID] {
			rows = append(rows, nil)
		}
		rows[row[n.ID]] = append(rows[row[n.ID]], n.ID)
	}
	near := make(map[string][]string) // the neighbours towards the root
	for _, e := range g.Edges {
		if down {
			near[e.Asset] = append(near[e.Asset], e.Parent)
		} else {
			near[e.Parent] = append(near[e.Parent], e.Asset)
		}
	}
	widest := 1
	for _, ids := range rows {
		widest = max(widest, len(ids))
	}
	width, height = 2*margin+widest*(boxWidth+gapX)-gapX, 2*margin+max(1, len(rows))*(boxHeight+gapY)-gapY
	at = make(map[string]place)
	for i, ids := range rows {
		middle := make(map[string]int)
		for _, id := range ids {
			for _, other := range near[id] {
				middle[id] += at[other].x / max(1, len(near[id]))
			}
		}
		slices.SortStableFunc(ids, func(a, b string) int { return cmp.Or(cmp.Compare(middle[a], middle[b]), cmp.Compare(a, b)) })
		x := (width - len(ids)*(boxWidth+gapX) + gapX) / 2
		y := margin + i*(boxHeight+gapY)
		if !down {
			y = height - margin - boxHeight - i*(boxHeight+gapY)
		}
		for _, id := range ids {
			at[id] = place{x, y}
			x += boxWidth + gapX
		}
	}
	return at, width, height
}

// rows is each node's longest way from the root, in at most as many passes as there are nodes: more would be a cycle, which manifests
// cannot have and a stranger's file may.
func (g Graph) rows(down bool) map[string]int {
	row := make(map[string]int, len(g.Nodes))
	for range min(len(g.Nodes), maxDepth) {
		changed := false
		for _, e := range g.Edges {
			near, far := e.Asset, e.Parent
			if down {
				near, far = far, near
			}
			if row[far] < row[near]+1 {
				row[far], changed = row[near]+1, true
			}
		}
		if !changed {
			break
		}
	}
	return row
}

func clip(s string) string {
	runes := []rune(clean(s))
	if len(runes) > maxLetter {
		runes = append(runes[:maxLetter-1], '…')
	}
	return string(runes)
}

func escape(s string) string {
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(strings.ToValidUTF8(s, ""))); err != nil {
		return "" // never: a builder takes everything
	}
	return b.String()
}
