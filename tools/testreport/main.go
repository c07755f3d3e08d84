// Command testreport reads `go test -json` and prints failures in full, a line for each package, and what was skipped and why.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

type event struct {
	Action  string
	Package string
	Test    string
	Output  string
	Elapsed float64
}

type report struct {
	out     io.Writer
	output  map[string][]string
	passed  int
	failed  int
	skipped []string
}

func main() {
	r := &report{out: os.Stdout, output: map[string][]string{}}
	if err := r.read(os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "testreport:", err)
		os.Exit(1)
	}
	os.Exit(r.close())
}

func (r *report) read(in io.Reader) error {
	scanner := bufio.NewScanner(in)
	scanner.Buffer(nil, 16<<20)
	for scanner.Scan() {
		var e event
		if json.Unmarshal(scanner.Bytes(), &e) != nil {
			fmt.Fprintln(r.out, scanner.Text()) // a build error, or a tool's own word
			continue
		}
		r.event(e)
	}
	return scanner.Err()
}

func (r *report) event(e event) {
	key := e.Package + " " + e.Test
	switch e.Action {
	case "build-output":
		fmt.Fprint(r.out, e.Output)
	case "output":
		r.output[key] = append(r.output[key], e.Output)
	case "fail":
		r.failed++
		fmt.Fprintf(r.out, "FAIL %s (%.1fs)\n%s", key, e.Elapsed, strings.Join(r.output[key], ""))
	case "skip":
		if e.Test != "" {
			r.skipped = append(r.skipped, key+reason(r.output[key]))
		}
	case "pass":
		if e.Test != "" {
			r.passed++
		} else {
			fmt.Fprintf(r.out, "ok   %s (%.1fs)\n", e.Package, e.Elapsed)
		}
	}
	if e.Action == "pass" || e.Action == "skip" {
		delete(r.output, key)
	}
}

// reason is what a test said when it skipped itself.
func reason(output []string) string {
	for _, line := range output {
		if _, why, found := strings.Cut(line, ".go:"); found {
			_, why, _ = strings.Cut(why, ": ")
			return ": " + strings.TrimSpace(why)
		}
	}
	return ""
}

func (r *report) close() int {
	for _, s := range r.skipped {
		fmt.Fprintln(r.out, "skip", s)
	}
	fmt.Fprintf(r.out, "%d passed, %d failed, %d skipped\n", r.passed, r.failed, len(r.skipped))
	if r.failed > 0 || r.passed == 0 || os.Getenv("CI") != "" && len(r.skipped) > 0 {
		return 1
	}
	return 0
}
