package chart

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

// Size of a drawing and of the margins that hold its axes.
const (
	svgWidth, svgHeight = 720, 360
	svgLeft, svgRight   = 64, 16
	svgTop, svgBottom   = 40, 48
	ticks               = 5
)

// SVG draws a chart as a page of its own, with a text for those who cannot see it.
func SVG(w io.Writer, c Chart) error {
	f, ok := c.frame()
	if !ok {
		f = frame{0, 1, 0, 1}
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" font-family="system-ui,sans-serif" font-size="12">`+"\n", svgWidth, svgHeight)
	fmt.Fprintf(&b, "<title>%s</title>\n<desc>%s</desc>\n", escape(c.Title), escape(c.describe()))
	b.WriteString(`<rect width="100%" height="100%" fill="#fff"/>` + "\n")
	fmt.Fprintf(&b, `<text x="%d" y="22" font-size="15">%s</text>`+"\n", svgLeft, escape(c.Title))
	place := func(x, y float64) (float64, float64) {
		u, v := f.at(x, y)
		return svgLeft + u*(svgWidth-svgLeft-svgRight), svgHeight - svgBottom - v*(svgHeight-svgTop-svgBottom)
	}
	for i := range ticks + 1 {
		part := float64(i) / ticks
		x, y := place(f.left+part*(f.right-f.left), f.low+part*(f.high-f.low))
		fmt.Fprintf(&b, `<path d="M%d %.1fH%d" stroke="#ddd"/><text x="%d" y="%.1f" text-anchor="end">%s</text>`, svgLeft, y, svgWidth-svgRight, svgLeft-6, y+4, short(f.low+part*(f.high-f.low)))
		fmt.Fprintf(&b, `<text x="%.1f" y="%d" text-anchor="middle">%s</text>`+"\n", x, svgHeight-svgBottom+18, short(f.left+part*(f.right-f.left)))
	}
	fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="end">%s</text><text x="12" y="%d" transform="rotate(-90 12 %d)" text-anchor="middle">%s</text>`+"\n",
		svgWidth-svgRight, svgHeight-10, escape(c.X), svgHeight/2, svgHeight/2, escape(c.Y))
	for i, l := range c.Lines {
		colour := []string{"#0b62a4", "#c4480c", "#3a7d34", "#7b3fa0"}[i%4]
		var path strings.Builder
		for j := range min(len(l.X), len(l.Y)) {
			if finite(l.X[j]) && finite(l.Y[j]) {
				x, y := place(l.X[j], l.Y[j])
				fmt.Fprintf(&path, "%.1f,%.1f ", x, y)
			}
		}
		fmt.Fprintf(&b, `<polyline points="%s" fill="none" stroke="%s" stroke-width="1.6"/><text x="%d" y="%d" text-anchor="end" fill="%s">%s</text>`+"\n",
			strings.TrimSpace(path.String()), colour, svgWidth-svgRight, svgTop+14*(i+1), colour, escape(l.Name))
	}
	b.WriteString("</svg>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// describe says in words where each line begins and ends.
func (c Chart) describe() string {
	var parts []string
	for _, l := range c.Lines {
		if n := min(len(l.X), len(l.Y)); n > 0 {
			parts = append(parts, fmt.Sprintf("%s: %s at %s %s, %s at %s %s", l.Name, short(l.Y[0]), c.X, short(l.X[0]), short(l.Y[n-1]), c.X, short(l.X[n-1])))
		}
	}
	return c.Y + ". " + strings.Join(parts, "; ")
}

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a strings.Builder takes everything
	return b.String()
}
