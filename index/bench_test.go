package index_test

import (
	"path/filepath"
	"testing"
	"time"

	"ayni.example/index"
	"ayni.example/internal/ethkey"
	"ayni.example/internal/testpostgres"
)

// Blocks of the benchmark, each with many payments.
const benchBlocks, benchTxs = 40, 250

// BenchmarkIndex fills an index from nothing with 10,000 payments: what a rebuild costs, without the ledger's part of reading blocks.
func BenchmarkIndex(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) {
		benchmarkIndex(b, func() string { return filepath.Join(b.TempDir(), "index.db") })
	})
	b.Run("postgres", func(b *testing.B) {
		benchmarkIndex(b, testpostgres.New(b, "fsync = on").Database)
	})
}

func benchmarkIndex(b *testing.B, fresh func() string) {
	b.Helper()
	ledger := &scripted{chain: "ayni_1-1", txs: benchTxs, earliest: 1, height: benchBlocks, kept: map[int64]*block{}}
	for height := range int64(benchBlocks) { // so that making them is not measured
		if _, err := ledger.Executed(b.Context(), height+1); err != nil {
			b.Fatal(err)
		}
	}
	var spent time.Duration
	var bytes int64
	for b.Loop() {
		began := time.Now()
		x := open(b, ledger, fresh())
		status := x.caughtUp(b, benchBlocks)
		spent += time.Since(began)
		bytes = max(bytes, status.Bytes)
		x.stop()
	}
	runs, events := float64(b.N), 10.0*benchTxs*benchBlocks // each payment has ten
	b.ReportMetric(benchBlocks*runs/spent.Seconds(), "blocks/s")
	b.ReportMetric(events*runs/spent.Seconds(), "events/s")
	b.ReportMetric(spent.Seconds()/runs, "s/rebuild")
	b.ReportMetric(float64(bytes)/(benchTxs*benchBlocks), "bytes/tx")
}

// BenchmarkHistory asks for a page of an account's history in an index of 10,000 payments.
func BenchmarkHistory(b *testing.B) {
	ledger := &scripted{chain: "ayni_1-1", txs: benchTxs, earliest: 1, height: benchBlocks}
	x := open(b, ledger, filepath.Join(b.TempDir(), "index.db"))
	x.caughtUp(b, benchBlocks)
	account := ethkey.Format(append([]byte{1, 7}, make([]byte, ethkey.AddressSize-2)...))
	for b.Loop() {
		if list, err := x.History(b.Context(), account, index.Page{Limit: 25}); err != nil || len(list) != 25 {
			b.Fatalf("%d entries, %v", len(list), err)
		}
	}
}
