package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

const idleTitle = "Doing nothing"

// most bounds the whole run, whatever hangs.
const most = 45 * time.Minute

// bench is what every step works with.
type bench struct {
	bin     string // the program
	dir     string // for homes; removed at the end
	portkey bool
	held    int // held-out files for the starter
	idleFor time.Duration
	idle    *idleness
}

// step measures one section.
type step struct {
	word, title string
	limit       time.Duration
	run         func(ctx context.Context, s *section)
}

// steps are in order. life lasts as long as the whole run.
func (b *bench) steps(life context.Context) []step {
	begin := func(ctx context.Context, s *section) { b.beginIdle(life, ctx, s) }
	return []step{
		{"idle", idleTitle, 5 * time.Minute, begin}, // first: one machine idles on until the end
		{"gateway", "Gateway", 6 * time.Minute, b.gateway},
		{"inprocess", "Gateway in one process", 4 * time.Minute, b.inProcess},
		{"vouchers", "Vouchers", 3 * time.Minute, b.vouchers},
		{"ledger", "Ledger", 4 * time.Minute, b.ledger},
		{"life", "Ledger over time", 4 * time.Minute, b.life},
		{"index", "Index", 4 * time.Minute, b.index},
		{"products", "Exact engine: matrix products", 4 * time.Minute, b.products},
		{"training", "Exact engine: training", 4 * time.Minute, b.training},
		{"disputes", "Disputes of training", 8 * time.Minute, b.disputes},
		{"compute", "Rented machines", 8 * time.Minute, b.compute},
		{"agents", "Agents and their payments", 8 * time.Minute, b.agents},
		{"provenance", "Provenance", 4 * time.Minute, b.provenance},
		{"inference", "Exact engine: inference", 10 * time.Minute, b.inference},
		{"batches", "Exact engine: requests together, and replays", 6 * time.Minute, b.batches},
		{"zkml", "Proofs of answers", 6 * time.Minute, b.proofs},
		{"artifacts", "Artifacts", 5 * time.Minute, b.artifacts},
		{"startup", "Start-up", 4 * time.Minute, b.startup},
		{"pair", "Two machines", 4 * time.Minute, b.pair},
		{"validators", "Four validators", 6 * time.Minute, b.validators},
		{"starter", "Starter model", 5 * time.Minute, b.starter},
		{"stats", "Build", 4 * time.Minute, b.stats},
	}
}

func main() {
	out := flag.String("out", "", "file to write (default: standard output)")
	only := flag.String("only", "", "comma-separated words of the steps to run (default: all)")
	child := flag.String("child", "", "internal: be this child process")
	b := &bench{}
	flag.BoolVar(&b.portkey, "portkey", false, "compare with Portkey's gateway, which npm fetches into a temporary folder")
	flag.DurationVar(&b.idleFor, "idle", 75*time.Second, "how long to watch machines that do nothing")
	flag.IntVar(&b.held, "held", 24, "held-out files that the starter is scored on (0: all, which takes a minute more)")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	ctx, cancel := context.WithTimeout(ctx, most)
	err := run(ctx, b, *child, *out, *only)
	cancel()
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, b *bench, child, out, only string) error {
	if child != "" {
		return runChild(ctx, child, flag.Args())
	}
	var err error
	if b.bin, err = binary(); err != nil {
		return err
	}
	if b.dir, err = os.MkdirTemp("", "ayni-bench-*"); err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	defer os.RemoveAll(b.dir) //nolint:errcheck // a leftover in the system's temporary folder
	r := report{host: describe(ctx, b.bin)}
	defer func() { b.idle.stop() }()
	for _, s := range b.steps(ctx) {
		if only != "" && !strings.Contains(","+only+",", ","+s.word+",") {
			continue
		}
		r.sections = append(r.sections, measure(ctx, s))
	}
	b.endIdle(r.section(idleTitle))
	r.close()
	if ctx.Err() != nil {
		return fmt.Errorf("measure: %w", context.Cause(ctx))
	}
	if out == "" {
		return r.write(os.Stdout)
	}
	return r.save(out)
}

// measure runs a step within its limit.
func measure(ctx context.Context, s step) *section {
	fmt.Fprintf(os.Stderr, "%s ... ", s.word)
	start := time.Now()
	ctx, cancel := context.WithTimeout(ctx, s.limit)
	defer cancel()
	part := &section{title: s.title}
	s.run(ctx, part)
	fmt.Fprintf(os.Stderr, "%.0f s\n", time.Since(start).Seconds())
	return part
}

// binary is the program under test.
func binary() (string, error) {
	bin := os.Getenv("AYNI_BIN")
	if bin == "" {
		bin = filepath.Join("bin", "ayni")
	}
	bin, err := filepath.Abs(bin)
	if err == nil {
		_, err = os.Stat(bin)
	}
	if err != nil {
		return "", fmt.Errorf("find the program: %w (run make build)", err)
	}
	return bin, nil
}
