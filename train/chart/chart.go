package chart

import (
	"fmt"
	"math"
)

// Chart is a few lines over one axis.
type Chart struct {
	Title, X, Y string
	Lines       []Line
}

// Line is one curve; X ascends.
type Line struct {
	Name string
	X, Y []float64
}

// frame is the part of the plane that all finite points lie in.
type frame struct{ left, right, low, high float64 }

func (c Chart) frame() (f frame, ok bool) {
	f = frame{math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)}
	for _, l := range c.Lines {
		for i := range min(len(l.X), len(l.Y)) {
			if !finite(l.X[i]) || !finite(l.Y[i]) {
				continue
			}
			ok = true
			f.left, f.right = min(f.left, l.X[i]), max(f.right, l.X[i])
			f.low, f.high = min(f.low, l.Y[i]), max(f.high, l.Y[i])
		}
	}
	if f.right == f.left {
		f.right++
	}
	if f.high == f.low {
		f.high++
	}
	return f, ok
}

// at maps a point to 0..1 in both directions, from the lower left.
func (f frame) at(x, y float64) (float64, float64) {
	return (x - f.left) / (f.right - f.left), (y - f.low) / (f.high - f.low)
}

func finite(v float64) bool { return v-v == 0 }

// short writes a number for an axis.
func short(v float64) string {
	switch a := math.Abs(v); {
	case a >= 1e6:
		return fmt.Sprintf("%.3gM", v/1e6)
	case a >= 1e4:
		return fmt.Sprintf("%.3gk", v/1e3)
	case a >= 100 || v == math.Trunc(v):
		return fmt.Sprintf("%.0f", v)
	default:
		return fmt.Sprintf("%.3g", v)
	}
}
