package train

import (
	"encoding/json"
	"fmt"
)

// maxPoints bounds the curve; a longer run averages more steps into a point.
const maxPoints = 2000

// Log is what a run measured. No step depends on it.
type Log struct {
	Every   int     `json:"every"`            // steps in a point
	Points  []Point `json:"points"`           // training
	Held    []Score `json:"held_out"`         // some windows of the held-out text, now and then
	Before  *Score  `json:"before,omitempty"` // all held-out text, under the given weights
	After   *Score  `json:"after,omitempty"`  // all held-out text, at the end
	Seconds float64 `json:"seconds"`          // of wall clock, all sittings
	CPU     float64 `json:"cpu_seconds"`

	Sum  float64 `json:"sum"` // of losses since the last point
	Mean float64 `json:"mean"`
}

// Point is the training loss of some steps.
type Point struct {
	Step int     `json:"step"` // the last one
	Loss float64 `json:"loss"` // nats a token, mean
	Rate float64 `json:"rate"` // of the last step
	Norm float64 `json:"norm"` // of the last step's gradient, before clipping
}

// Score is how well held-out text was predicted.
type Score struct {
	Step        int     `json:"step"`
	Tokens      int64   `json:"tokens"` // trained on so far
	BitsPerByte float64 `json:"bits_per_byte"`
	Loss        float64 `json:"loss"` // nats a token
	Scored      int     `json:"scored_tokens"`
	Bytes       int     `json:"bytes"`
}

func newLog(steps int) *Log { return &Log{Every: max(1, (steps+maxPoints-1)/maxPoints)} }

// add takes the mean loss of one step.
func (l *Log) add(step int, loss, rate, norm float64) {
	const smooth = 50
	if len(l.Points) == 0 && l.Sum == 0 {
		l.Mean = loss
	}
	l.Mean += float64((loss - l.Mean) / min(smooth, float64(step)))
	l.Sum += loss
	if step%l.Every == 0 {
		l.Points = append(l.Points, Point{Step: step, Loss: l.Sum / float64(l.Every), Rate: rate, Norm: norm})
		l.Sum = 0
	}
}

func (l *Log) encode() ([]byte, error) {
	text, err := json.Marshal(l)
	if err != nil {
		return nil, fmt.Errorf("encode measurements: %w", err)
	}
	return text, nil
}

func decodeLog(text []byte) (*Log, error) {
	l := &Log{}
	if err := json.Unmarshal(text, l); err != nil {
		return nil, fmt.Errorf("decode measurements: %w", err)
	}
	l.Every = max(1, l.Every)
	return l, nil
}
