package pool

import (
	"context"
	"errors"
	"fmt"

	"ayni.example/train/corpus"
)

// The reasons why a contribution gets no points.
const (
	ReasonSchema    = "schema"    // it does not fit the pool's schema
	ReasonDuplicate = "duplicate" // more than half of its text was there before
	ReasonShort     = "short"     // too little text to measure
	ReasonQuality   = "quality"   // the reference model gains nothing by it
)

// Bounds of what is checked.
const (
	// ContributionMax is how long a contribution may be.
	ContributionMax = 64 << 20
	// gainMin is the least gain that counts, in millionths of a bit a byte: below it is the noise of a short training.
	gainMin = 1000
	// countMax is up to how many bytes of text points grow.
	countMax = 16 << 20
)

// Verdict is what a checker says of a contribution.
type Verdict struct {
	Accepted  bool   `json:"accepted"`
	Reason    string `json:"reason,omitempty"` // one of the reasons
	Detail    string `json:"detail,omitempty"` // for the contributor alone; may quote the contribution
	Documents int    `json:"documents"`
	Copies    int    `json:"copies"` // documents that were there before
	Bytes     int64  `json:"bytes"`  // of new text
	Gain      Gain   `json:"gain"`
	Points    int64  `json:"points"`
}

// Checker holds a pool's rules and what it has accepted. Contributions are checked one after the other, in the order in which
// they were committed: of two copies the first one counts.
type Checker struct {
	Schema    *Schema
	Reference Reference
	Index     *Index
}

// Check computes a verdict, and gives the new documents of an accepted contribution, which are then in the index. An error says that
// nothing could be found out.
func (c *Checker) Check(ctx context.Context, data []byte) (Verdict, []string, error) {
	if len(data) > ContributionMax {
		return refused(Verdict{}, ReasonSchema, "%d bytes, at most %d", len(data), ContributionMax)
	}
	documents, err := c.Schema.Read(data)
	if faults, ok := errors.AsType[*FaultsError](err); ok {
		return refused(Verdict{}, ReasonSchema, "%v", faults)
	}
	if err != nil {
		return Verdict{}, nil, err
	}
	v := Verdict{Documents: len(documents)}
	fresh, sketches, total := c.fresh(documents, &v)
	if 2*v.Bytes < total {
		return refused(v, ReasonDuplicate, "%d of %d documents are near-duplicates of accepted ones or of each other", v.Copies, v.Documents)
	}
	v.Gain, err = c.Reference.Measure(ctx, fresh)
	if short, ok := errors.AsType[*corpus.ShortError](err); ok {
		return refused(v, ReasonShort, "%v", short)
	}
	if err != nil {
		return Verdict{}, nil, err
	}
	if v.Gain.MicroBits() < gainMin {
		return refused(v, ReasonQuality, "the reference model gains %d millionths of a bit a byte, at least %d count", v.Gain.MicroBits(), gainMin)
	}
	for i := range sketches {
		c.Index.Add(&sketches[i])
	}
	v.Accepted, v.Points = true, points(v.Gain, v.Bytes)
	return v, fresh, nil
}

func refused(v Verdict, reason, detail string, values ...any) (Verdict, []string, error) {
	v.Reason, v.Detail = reason, fmt.Sprintf(detail, values...)
	return v, nil, nil
}

// fresh leaves out what the pool has, and repetitions within the contribution.
func (c *Checker) fresh(documents []string, v *Verdict) (fresh []string, sketches []Sketch, total int64) {
	var own Index
	for _, d := range documents {
		total += int64(len(d))
		s := NewSketch(d)
		_, _, known := c.Index.Find(&s)
		_, _, again := own.Find(&s)
		if known || again {
			v.Copies++
			continue
		}
		own.Add(&s)
		fresh, sketches = append(fresh, d), append(sketches, s)
		v.Bytes += int64(len(d))
	}
	return fresh, sketches, total
}

// points are the gain times the new text, in KiB begun: cutting a contribution in two gains nothing but the rounding of one KiB.
func points(g Gain, size int64) int64 {
	return g.MicroBits() * ((min(size, countMax) + 1023) / 1024)
}
