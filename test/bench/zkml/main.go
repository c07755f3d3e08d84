// Command zkml measures proofs of models' answers: the unproved inference of the same integer circuit, prove, verify, the
// length of a proof, the bits of soundness that the calculator grants, and the commitment to the weights, in processor time of
// one thread.
//
//	go run ./test/bench/zkml [-json] [-rounds N] [-bits N] [-only WORDS] [-alone]
//
// It runs itself once more at 128 bits, once with AYNI_KERNEL=portable, and gnark's Groth16 (test/bench/groth16), unless -alone is given. What
// is compared takes turns; figures are medians. It reads zkml/testdata, so run it at the root of the repository.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"ayni.example/zk/soundness"
)

// report is what -json prints.
type report struct {
	Cases    []result `json:"cases"`
	Deep     []result `json:"deep,omitempty"`     // those that hide nothing, at 128 bits
	Portable []result `json:"portable,omitempty"` // the same without own assembly
	Groth16  *groth16 `json:"groth16,omitempty"`
}

// groth16 is what test/bench/groth16 prints.
type groth16 struct {
	Size        int     `json:"size"`
	Constraints int     `json:"constraints"`
	Setup       float64 `json:"setup_s"`
	Prove       float64 `json:"prove_s"`
	Verify      float64 `json:"verify_s"`
	Bytes       int     `json:"bytes"`
}

type options struct {
	rounds int
	bits   int
	only   []string
	alone  bool
}

func main() {
	asJSON := flag.Bool("json", false, "print JSON")
	only := flag.String("only", "", "comma-separated words: only models whose name has one of them")
	o := options{}
	flag.IntVar(&o.rounds, "rounds", 11, "proofs of each model")
	flag.IntVar(&o.bits, "bits", soundness.Default, "soundness of the proofs")
	flag.BoolVar(&o.alone, "alone", false, "this process alone: neither portable kernels nor peers")
	flag.Parse()
	o.only = strings.Split(*only, ",")
	runtime.GOMAXPROCS(1) // so that the processor time of the process is that of one thread, collection of garbage included
	r, err := o.run()
	if err == nil {
		err = r.print(*asJSON)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "zkml:", err)
		os.Exit(1)
	}
}

func (o *options) run() (*report, error) {
	if o.rounds < 1 {
		return nil, fmt.Errorf("-rounds %d is less than 1", o.rounds)
	}
	r := &report{}
	var err error
	if r.Cases, err = o.measure(); err != nil || o.alone {
		return r, err
	}
	if r.Deep, err = o.again(nil, "-bits", "128"); err != nil {
		return nil, fmt.Errorf("128 bits: %w", err)
	}
	if r.Portable, err = o.again([]string{"AYNI_KERNEL=portable"}); err != nil {
		return nil, fmt.Errorf("without assembly: %w", err)
	}
	r.Groth16, err = o.peer()
	return r, err
}

// again measures the same in another process, with more of an environment and more flags.
func (o *options) again(environment []string, flags ...string) ([]result, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	flags = append(flags, "-json", "-alone", "-rounds", strconv.Itoa(o.rounds), "-only", strings.Join(o.only, ","))
	cmd := exec.Command(self, flags...)
	cmd.Env = append(os.Environ(), environment...)
	var r report
	return r.Cases, output(cmd, &r)
}

// peer builds and runs gnark's Groth16.
func (o *options) peer() (*groth16, error) {
	folder, err := os.MkdirTemp("", "zkml")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder) //nolint:errcheck // a temporary folder
	program := filepath.Join(folder, "groth16")
	build := exec.Command("go", "build", "-o", program, ".")
	build.Dir, build.Stderr = filepath.Join("test", "bench", "groth16"), os.Stderr
	if err := build.Run(); err != nil {
		return nil, fmt.Errorf("build test/bench/groth16: %w; run this at the root of the repository, or give -alone", err)
	}
	g := &groth16{}
	return g, output(exec.Command(program, "-rounds", strconv.Itoa(o.rounds)), g)
}

func output(cmd *exec.Cmd, into any) error {
	cmd.Stderr = os.Stderr
	text, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("run %s: %w", filepath.Base(cmd.Path), err)
	}
	return json.Unmarshal(text, into)
}

func (r *report) print(asJSON bool) error {
	if asJSON {
		return json.NewEncoder(os.Stdout).Encode(r)
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "model\tweights\tbits\tinfer ms\tprove ms\tverify ms\tKB\tprove/infer\tcommit ms\tportable prove\tverify\t")
	for _, c := range slices.Concat(r.Cases, r.Deep) {
		fmt.Fprintf(w, "%s\t%d\t%d\t%.2f\t%.2f\t%.2f\t%d\t%.1f\t%.0f\t", c.Name, c.Weights, c.Bits, 1e3*c.Infer, 1e3*c.Prove, 1e3*c.Verify, c.Bytes/1000,
			c.Prove/c.Infer, 1e3*c.Commit)
		if i := slices.IndexFunc(r.Portable, func(p result) bool { return p.Name == c.Name && p.Bits == c.Bits }); i >= 0 {
			fmt.Fprintf(w, "%.2f×\t%.2f×", r.Portable[i].Prove/c.Prove, r.Portable[i].Verify/c.Verify)
		} else {
			fmt.Fprint(w, "\t")
		}
		fmt.Fprintln(w, "\t")
	}
	if g := r.Groth16; g != nil {
		fmt.Fprintf(w, "gnark, Groth16: y = Wx, %d x %d\t%d\t\t\t%.2f\t%.2f\t%.1f\t\t%.0f\t\t\t\n", g.Size, g.Size, g.Size*g.Size, 1e3*g.Prove, 1e3*g.Verify, float64(g.Bytes)/1000, 1e3*g.Setup)
	}
	return w.Flush()
}
