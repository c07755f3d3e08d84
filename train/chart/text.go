package chart

import (
	"fmt"
	"math"
	"strings"
)

// Text draws a chart of the given size in characters; each character holds two by four dots.
func Text(c Chart, width, height int) string {
	f, ok := c.frame()
	width, height = min(max(width, 20), 400), min(max(height, 4), 100)
	if !ok {
		return ""
	}
	const margin = 8
	columns := width - margin - 1
	cells := make([][]rune, height)
	for i := range cells {
		cells[i] = []rune(strings.Repeat("\u2800", columns))
	}
	dot := func(x, y int) {
		// Bits of a braille cell, by row from the top and column.
		bits := [4][2]rune{{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}}
		cells[y/4][x/2] |= bits[y%4][x%2]
	}
	for _, l := range c.Lines {
		lastX, lastY := -1, 0
		for i := range min(len(l.X), len(l.Y)) {
			if !finite(l.X[i]) || !finite(l.Y[i]) {
				continue
			}
			u, v := f.at(l.X[i], l.Y[i])
			x, y := int(math.Round(u*float64(2*columns-1))), int(math.Round((1-v)*float64(4*height-1)))
			dot(x, y)
			steps := max(x-lastX, y-lastY, lastY-y)
			for s := 1; lastX >= 0 && s < steps; s++ {
				dot(lastX+(x-lastX)*s/steps, lastY+(y-lastY)*s/steps)
			}
			lastX, lastY = x, y
		}
	}
	var b strings.Builder
	for i, row := range cells {
		label := ""
		switch i {
		case 0:
			label = short(f.high)
		case height - 1:
			label = short(f.low)
		}
		fmt.Fprintf(&b, "%*s ┤%s\n", margin-1, label, string(row))
	}
	left, right := short(f.left), short(f.right)
	gap := max(1, columns-len(left)-len(right))
	fmt.Fprintf(&b, "%*s%s%s%s  (%s; %s)\n", margin+1, "", left, strings.Repeat(" ", gap), right, c.X, c.Y)
	return b.String()
}
