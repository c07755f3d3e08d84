package chart_test

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"ayni.example/train/chart"
)

func falling() chart.Chart {
	c := chart.Chart{Title: `loss <of> "a" & b`, X: "step", Y: "nats", Lines: []chart.Line{{Name: "training"}, {Name: "held out", X: []float64{0, 50, 100}, Y: []float64{8, math.NaN(), 3}}}}
	for i := range 101 {
		c.Lines[0].X, c.Lines[0].Y = append(c.Lines[0].X, float64(i)), append(c.Lines[0].Y, 2+6/float64(1+i))
	}
	return c
}

func TestText(t *testing.T) {
	have := chart.Text(falling(), 60, 8)
	lines := strings.Split(strings.TrimRight(have, "\n"), "\n")
	if len(lines) != 9 || !strings.Contains(lines[0], "8 ┤") || !strings.Contains(lines[7], "2.06 ┤") || !strings.Contains(lines[8], "100") {
		t.Errorf("chart:\n%s", have)
	}
	for _, l := range lines[:8] {
		if n := utf8.RuneCountInString(l); n != 60 {
			t.Errorf("%d characters in %q", n, l)
		}
	}
	for i, l := range lines[:8] { // the steep curve is one line, not dots
		if first := []rune(l)[9]; i < 4 && first == '\u2800' {
			t.Errorf("row %d has a gap:\n%s", i, have)
		}
	}
	if chart.Text(chart.Chart{}, 60, 8) != "" {
		t.Error("an empty chart has dots")
	}
	flat := chart.Chart{Lines: []chart.Line{{X: []float64{1}, Y: []float64{5}}}}
	if chart.Text(flat, 0, 0) == "" {
		t.Error("one point gives no chart")
	}
}

func TestSVG(t *testing.T) {
	for _, c := range []chart.Chart{falling(), {}} {
		var b strings.Builder
		if err := chart.SVG(&b, c); err != nil {
			t.Fatal(err)
		}
		d := xml.NewDecoder(strings.NewReader(b.String()))
		points := 0
		for {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%v in %s", err, b.String())
			}
			if e, ok := token.(xml.StartElement); ok && e.Name.Local == "polyline" {
				for _, a := range e.Attr {
					if a.Name.Local == "points" {
						points += len(strings.Fields(a.Value))
					}
				}
			}
		}
		want := 0
		if len(c.Lines) > 0 {
			want = 103 // one is not finite
		}
		if points != want || strings.Contains(b.String(), "NaN") {
			t.Errorf("%d points, want %d", points, want)
		}
	}
}
