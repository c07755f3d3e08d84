// Command groth16 proves y = Wx over the scalar field of BN254 with gnark's Groth16, W and x private and y public, as a peer
// of our own proofs: processor time of one thread, medians.
//
//	groth16 [-n 64] [-rounds 11]
//
// It is a module of its own, so that the main module does not depend on gnark.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"syscall"
	"time"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark/backend/groth16"
	"github.com/consensys/gnark/backend/witness"
	"github.com/consensys/gnark/constraint"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs/r1cs"
	"github.com/consensys/gnark/logger"
)

// report is what is printed: seconds of processor time, and the proof's length.
type report struct {
	Size        int     `json:"size"`
	Constraints int     `json:"constraints"`
	Setup       float64 `json:"setup_s"`
	Prove       float64 `json:"prove_s"` // the witness is solved in it
	Verify      float64 `json:"verify_s"`
	Bytes       int64   `json:"bytes"`
	Rounds      int     `json:"rounds"`
}

func main() {
	n := flag.Int("n", 64, "rows and columns of W")
	rounds := flag.Int("rounds", 11, "proofs")
	flag.Parse()
	runtime.GOMAXPROCS(1)
	logger.Disable()
	r, err := measure(*n, *rounds)
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(r)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "groth16:", err)
		os.Exit(1)
	}
}

func measure(n, rounds int) (*report, error) {
	if n < 1 || n > 512 || rounds < 1 {
		return nil, fmt.Errorf("-n is 1 to 512 and -rounds at least 1, not %d and %d", n, rounds)
	}
	system, err := frontend.Compile(ecc.BN254.ScalarField(), r1cs.NewBuilder, newProduct(n))
	if err != nil {
		return nil, fmt.Errorf("compile: %w", err)
	}
	r := &report{Size: n, Constraints: system.GetNbConstraints(), Rounds: rounds}
	var keys struct {
		proving   groth16.ProvingKey
		verifying groth16.VerifyingKey
	}
	if r.Setup, err = seconds(func() (err error) {
		keys.proving, keys.verifying, err = groth16.Setup(system)
		return err
	}); err != nil {
		return nil, fmt.Errorf("set up: %w", err)
	}
	whole, public, err := assigned(n)
	if err != nil {
		return nil, err
	}
	return r, r.rounds(system, keys.proving, keys.verifying, whole, public)
}

// rounds proves and verifies in turns.
func (r *report) rounds(system constraint.ConstraintSystem, pk groth16.ProvingKey, vk groth16.VerifyingKey, whole, public witness.Witness) error {
	var prove, verify []float64
	for i := range r.Rounds + 1 {
		var proof groth16.Proof
		p, err := seconds(func() (err error) {
			proof, err = groth16.Prove(system, pk, whole)
			return err
		})
		if err != nil {
			return fmt.Errorf("prove: %w", err)
		}
		v, err := seconds(func() error { return groth16.Verify(proof, vk, public) })
		if err != nil {
			return fmt.Errorf("verify: %w", err)
		}
		if r.Bytes, err = proof.WriteTo(io.Discard); err != nil {
			return fmt.Errorf("write the proof: %w", err)
		}
		if i > 0 { // the first warms up
			prove, verify = append(prove, p), append(verify, v)
		}
	}
	r.Prove, r.Verify = median(prove), median(verify)
	return nil
}

// assigned is the witness of small integers, whole and its public part.
func assigned(n int) (whole, public witness.Witness, err error) {
	c := newProduct(n)
	x, w := make([]int, n), 0
	for j := range x {
		x[j] = j*j%251 - 125
		c.X[j] = x[j]
	}
	for i := range n {
		y := 0
		for j := range n {
			w = (w*31 + i + j) % 127
			c.W[i][j] = w
			y += w * x[j]
		}
		c.Y[i] = y
	}
	if whole, err = frontend.NewWitness(c, ecc.BN254.ScalarField()); err != nil {
		return nil, nil, fmt.Errorf("make a witness: %w", err)
	}
	if public, err = whole.Public(); err != nil {
		return nil, nil, fmt.Errorf("make a witness: %w", err)
	}
	return whole, public, nil
}

// seconds is the processor time of this process during do.
func seconds(do func() error) (float64, error) {
	before, err := used()
	if err != nil {
		return 0, err
	}
	if err := do(); err != nil {
		return 0, err
	}
	after, err := used()
	return (after - before).Seconds(), err
}

func used() (time.Duration, error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, fmt.Errorf("read the processor time: %w", err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), nil
}

func median(x []float64) float64 {
	slices.Sort(x)
	return x[len(x)/2]
}
