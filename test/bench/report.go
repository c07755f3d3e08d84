package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// report is the whole document.
type report struct {
	host     host
	sections []*section
	took     time.Duration
	loadEnd  string
}

// section is one table.
type section struct {
	title string
	notes []string
	rows  []row
}

// row is one figure. Against is the peer or the limit, measured in the same run; ratio compares with it.
type row struct {
	what, figure, against, ratio, runs string
}

func (s *section) add(r row) { s.rows = append(s.rows, r) }

func (s *section) note(format string, args ...any) {
	s.notes = append(s.notes, fmt.Sprintf(format, args...))
}

// missing says why a figure is not there.
func (s *section) missing(what string, err error) {
	text := strings.Join(strings.Fields(err.Error()), " ")
	if len(text) > 300 {
		text = text[:300] + " ..."
	}
	s.add(row{what: what, figure: "not measured: " + text})
	fmt.Fprintf(os.Stderr, "(%s: %v) ", what, err)
}

// section finds a table; without it the rows go nowhere.
func (r *report) section(title string) *section {
	for _, s := range r.sections {
		if s.title == title {
			return s
		}
	}
	return &section{}
}

func (r *report) close() {
	r.took, r.loadEnd = time.Since(r.host.start), loadAverage()
}

func (r *report) save(name string) error {
	f, err := os.Create(name)
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	if err := r.write(f); err != nil {
		_ = f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

func (r *report) write(w io.Writer) error {
	var b strings.Builder
	b.WriteString("# Benchmarks\n\n`make bench` wrote this file; do not edit it. It holds what one run saw on one machine: compare the ratios,\n" +
		"not the figures. *Against* names the peer or the limit, which took turns with us in the same run. Processor time is the\n" +
		"kernel's account of a whole process. *Runs* says of how many runs or rounds a figure is the median.\n\n")
	h := r.host
	fmt.Fprintf(&b, "| | |\n| --- | --- |\n| machine | %s, %d cores, %s |\n| Go | %s, `CGO_ENABLED=0` |\n| program | %s |\n",
		cell(h.processor), h.cores, cell(h.memory), cell(h.golang), cell(h.program))
	fmt.Fprintf(&b, "| date | %s, %.0f s long |\n| load average | %s at the start, %s at the end |\n",
		h.start.UTC().Format("2006-01-02 15:04 UTC"), r.took.Seconds(), cell(h.load), cell(r.loadEnd))
	if h.busy() {
		b.WriteString("\n**The machine was busy with other work:** times of the clock are worth little here, processor times and ratios more.\n")
	}
	for _, s := range r.sections {
		s.write(&b)
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

func (s *section) write(b *strings.Builder) {
	fmt.Fprintf(b, "\n## %s\n\n", s.title)
	if len(s.rows) > 0 {
		b.WriteString("| what | figure | against | ratio | runs |\n| --- | --- | --- | --- | --- |\n")
	}
	for _, r := range s.rows {
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s |\n", cell(r.what), cell(r.figure), cell(r.against), cell(r.ratio), cell(r.runs))
	}
	for _, n := range s.notes {
		fmt.Fprintf(b, "\n%s\n", n)
	}
}

// cell keeps a text inside its table cell.
func cell(s string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(s), " "), "|", "\\|")
}

// median of an even number is the mean of the middle two; of none it is zero.
func median[T cmp.Ordered](values []T, mean func(a, b T) T) T {
	var zero T
	if len(values) == 0 {
		return zero
	}
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return mean(sorted[middle-1], sorted[middle])
}

func medianFloat(values []float64) float64 {
	return median(values, func(a, b float64) float64 { return (a + b) / 2 })
}

func medianTime(values []time.Duration) time.Duration {
	return median(values, func(a, b time.Duration) time.Duration { return (a + b) / 2 })
}

func micros(d time.Duration) string { return fmt.Sprintf("%.0f µs", float64(d)/1e3) }

func seconds(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }

// bytesOf writes a size in decimal units.
func bytesOf(n float64) string {
	for _, u := range []struct {
		size float64
		name string
	}{{1e9, "GB"}, {1e6, "MB"}, {1e3, "kB"}} {
		if n >= u.size || n <= -u.size {
			return fmt.Sprintf("%.1f %s", n/u.size, u.name)
		}
	}
	return fmt.Sprintf("%.0f bytes", n)
}
