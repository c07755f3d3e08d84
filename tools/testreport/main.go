// Command testreport reads `go test -json` and prints failures in full, a line for each package, which tests took longest, and
// what was skipped and why.
//
// A few failed tests are run once more, alone: machines that run tests are shared, and a test that fails for want of time is told
// from one that fails. Those that pass then are counted and named, so that nobody overlooks them.
package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
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
	failed  []string // tests of the first level, then packages
	skipped []string
	times   []event // of tests of the first level that ended
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
		r.fail(e)
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
	if (e.Action == "pass" || e.Action == "fail") && e.Test != "" && !strings.Contains(e.Test, "/") {
		r.times = append(r.times, e)
	}
	if e.Action == "pass" || e.Action == "skip" {
		delete(r.output, key)
	}
}

// fail notes a failed test. A package fails by its tests; by itself only where none of them is named.
func (r *report) fail(e event) {
	if strings.Contains(e.Test, "/") {
		return
	}
	if e.Test == "" && slices.ContainsFunc(r.failed, func(key string) bool { return strings.HasPrefix(key, e.Package+" ") }) {
		return
	}
	r.failed = append(r.failed, e.Package+" "+e.Test)
}

// againMax is how many failures are few.
const againMax = 4

// again runs the failed tests once more, one after the other, and keeps those that fail again.
func (r *report) again() {
	if len(r.failed) > againMax {
		return
	}
	r.failed = slices.DeleteFunc(r.failed, func(key string) bool {
		where, test, _ := strings.Cut(key, " ")
		if test == "" || strings.Contains(strings.Join(r.output[key], ""), "panic: ") { // then others of its package never ran
			return false
		}
		short := strconv.FormatBool(os.Getenv("CI") == "")
		out, err := exec.Command("go", "test", "-count=1", "-timeout=20m", "-short="+short, "-v", "-run", "^"+test+"$", where).CombinedOutput()
		if err != nil {
			fmt.Fprintf(r.out, "FAIL again %s\n%s", key, out)
			return false
		}
		r.passed++
		fmt.Fprintf(r.out, "passed when run again, alone: %s\n", key)
		return true
	})
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

// slowMax is how many tests are named for their time, if they take slowMin seconds.
const slowMax, slowMin = 10, 1

// slowest are the tests that took longest, with those beside them.
func (r *report) slowest() []string {
	slices.SortStableFunc(r.times, func(a, b event) int { return cmp.Compare(b.Elapsed, a.Elapsed) })
	var lines []string
	for _, e := range r.times[:min(slowMax, len(r.times))] {
		if e.Elapsed >= slowMin {
			lines = append(lines, fmt.Sprintf("slow %6.1fs %s %s", e.Elapsed, e.Package, e.Test))
		}
	}
	return lines
}

func (r *report) close() int {
	for _, line := range r.slowest() {
		fmt.Fprintln(r.out, line)
	}
	r.again()
	for _, s := range r.skipped {
		fmt.Fprintln(r.out, "skip", s)
	}
	fmt.Fprintf(r.out, "%d passed, %d failed, %d skipped\n", r.passed, len(r.failed), len(r.skipped))
	if len(r.failed) > 0 || r.passed == 0 || os.Getenv("CI") != "" && len(r.skipped) > 0 {
		return 1
	}
	return 0
}
