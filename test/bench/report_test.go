package main

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestReport(t *testing.T) {
	s := &section{title: "Gateway"}
	s.add(row{what: "a | b", figure: "1 µs", against: "direct", ratio: "2×", runs: "5"})
	s.missing("p99", errors.New("connection\nrefused"))
	s.note("over %d rounds", 5)
	r := report{host: host{processor: "some processor", cores: 2, start: time.Unix(0, 0), load: "7.00 1 1"}, sections: []*section{s}}
	var b strings.Builder
	if err := r.write(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| machine | some processor, 2 cores", "| date | 1970-01-01 00:00 UTC", "busy with other work", "\n## Gateway\n",
		"| a \\| b | 1 µs | direct | 2× | 5 |", "| p99 | not measured: connection refused |  |  |  |", "\nover 5 rounds\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the report lacks %q:\n%s", want, &b)
		}
	}
}

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   float64
	}{{nil, 0}, {[]float64{3}, 3}, {[]float64{9, 1, 2}, 2}, {[]float64{4, 1, 2, 100}, 3}} {
		if got := medianFloat(c.values); got != c.want {
			t.Errorf("median of %v is %v, want %v", c.values, got, c.want)
		}
	}
}

func TestPercentile(t *testing.T) {
	values := make([]time.Duration, 200)
	for i := range values {
		values[i] = time.Duration(200 - i)
	}
	for p, want := range map[int]time.Duration{50: 100, 99: 198, 100: 200} {
		if got := percentile(values, p); got != want {
			t.Errorf("percentile %d is %d, want %d", p, got, want)
		}
	}
	if got := percentile(values[:1], 99); got != 200 {
		t.Errorf("percentile of one value is %d", got)
	}
}

func TestBusy(t *testing.T) {
	for load, want := range map[string]bool{"0.10 3 3": false, "2.00 0 0": true, "unknown": false} {
		if got := (host{load: load, cores: 2}).busy(); got != want {
			t.Errorf("load %q: busy is %v", load, got)
		}
	}
}
