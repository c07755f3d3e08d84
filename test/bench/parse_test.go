package main

import (
	"slices"
	"testing"
	"time"
)

func TestParseBench(t *testing.T) {
	r := parseBench("goos: linux\nBenchmarkSend/a-b/whole-2  \t 3\t 1234 ns/op\t 3000.5 tx/s\nBenchmarkSend/a-b/whole-2 3 1300 ns/op 2999.5 tx/s\n" +
		"BenchmarkTorn-2\t1\nBenchmark\nPASS\n")
	if got := r["Send/a-b/whole tx/s"]; !slices.Equal(got, []float64{3000.5, 2999.5}) {
		t.Errorf("rates are %v in %v", got, r)
	}
	if m, err := r.median("Send/a-b/whole ns/op"); err != nil || m != 1267 {
		t.Errorf("median is %v, %v", m, err)
	}
	if _, err := r.median("Torn ns/op"); err == nil {
		t.Error("a result that was not printed has a median")
	}
}

func TestParseStat(t *testing.T) {
	const good = "12 (a) b (c)) S 1 2 3 4 5 6 7 8 9 10 150 25 0 0 20"
	if got, err := parseStat(good); err != nil || got != 1750*time.Millisecond {
		t.Errorf("processor time is %s, %v", got, err)
	}
	for _, bad := range []string{"", "12 (a) S 1 2", "12 (a S 1 2 3 4 5 6 7 8 9 10 150 25", "12 (a) S 1 2 3 4 5 6 7 8 9 10 x 25 0", "12 (a) S 1 2 3 4 5 6 7 8 9 10 -1 25 0"} {
		if got, err := parseStat(bad); err == nil {
			t.Errorf("%q gave %s", bad, got)
		}
	}
}

func TestQuality(t *testing.T) {
	s := &section{}
	err := s.quality([]byte(`{"scored_files":2,"held_out_files":9,"seed":1,"rates":[{"name":"starter","bits_per_byte":1.5},{"name":"order 3","bits_per_byte":3}],
		"completions":[{"name":"starter","count":4,"parse":3,"parse_share":0.75,"same_line_share":0.25},{"name":"random","count":4,"parse_share":0.5}]}`))
	if err != nil || len(s.rows) != 2 || s.rows[0].ratio != "0.50×" || s.rows[1].figure != "75 %, 25 %" {
		t.Errorf("%v, %+v", err, s.rows)
	}
	for _, bad := range []string{``, `{}`, `{"rates":[{}]}`} {
		if err := new(section).quality([]byte(bad)); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}
