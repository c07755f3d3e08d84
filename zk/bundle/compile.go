package bundle

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"ayni.example/zk/quant"
	"ayni.example/zkml/onnx"
)

// Source is what a bundle is compiled from.
type Source struct {
	Name        string
	ONNX        []byte
	Calibration [][]float64
	// HeldOut are rows that the ranges are not read from: the accuracy is measured on them. None: every fifth row of the
	// calibration is held out of it.
	HeldOut   [][]float64
	Targets   []float64 // the right answers for the held-out rows; nil: the integer model is compared with the float model alone
	Instances int       // rows that one proof of a forest covers, 1 when 0
	Hide      bool
	Goal      Goal
	Random    io.Reader
}

// Compile quantises a float model, measures it and commits to its weights.
func Compile(s Source) (*Bundle, error) {
	g, err := onnx.Read(s.ONNX)
	if err != nil {
		return nil, err
	}
	if len(s.HeldOut) == 0 {
		if s.Calibration, s.HeldOut, err = holdOut(s.Calibration); err != nil {
			return nil, err
		}
	}
	m, err := quant.Quantise(g, quant.Config{Rows: s.Calibration, Instances: s.Instances})
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256(s.ONNX)
	b, err := Make(Config{Name: s.Name, Source: hex.EncodeToString(digest[:]), Model: m, Hide: s.Hide, Goal: s.Goal, Random: s.Random})
	if err != nil {
		return nil, err
	}
	if s.Instances > 1 { // a row at a time is what is measured; the trees are the same
		if m, err = quant.Quantise(g, quant.Config{Rows: s.Calibration}); err != nil {
			return nil, err
		}
	}
	a, err := quant.Measure(s.Name, g, m, s.HeldOut, s.Targets)
	if err != nil {
		return nil, fmt.Errorf("held-out rows: %w", err)
	}
	b.Accuracy = append(b.Accuracy, *a)
	return b, nil
}

// every fifth row of a calibration is held out where no other rows are.
const every = 5

// ErrFewRows refuses a calibration of which nothing can be held out: the accuracy would not be known.
var ErrFewRows = errors.New("too few calibration rows to measure the accuracy")

func holdOut(rows [][]float64) (rest, held [][]float64, err error) {
	if len(rows) < every {
		return nil, nil, fmt.Errorf("%w: every fifth is held out of the calibration, and there are %d", ErrFewRows, len(rows))
	}
	for i, row := range rows {
		if i%every == every-1 {
			held = append(held, row)
		} else {
			rest = append(rest, row)
		}
	}
	return rest, held, nil
}
