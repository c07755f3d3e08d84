package main

import (
	"crypto/rand"
	"fmt"
	"slices"
	"strings"

	"ayni.example/test/bench/peak"
	"ayni.example/zk/circuit"
	"ayni.example/zk/prover"
	"ayni.example/zk/soundness"
	"ayni.example/zk/verifier"
)

// result is a model's figures, in seconds of processor time.
type result struct {
	Name    string  `json:"name"`
	Weights int     `json:"weights"`
	Bits    int     `json:"bits"` // of soundness
	Hides   bool    `json:"hides"`
	Infer   float64 `json:"infer_s"`
	Prove   float64 `json:"prove_s"` // the inference included
	Verify  float64 `json:"verify_s"`
	Commit  float64 `json:"commit_s"` // to the weights, once for a model
	Bytes   int     `json:"bytes"`
}

// hiding is what the names of models that hide their weights end with.
const hiding = ", hiding"

// grinding is the bits of soundness that are the prover's work, a millisecond or so.
const grinding = 8

func (o *options) measure() ([]result, error) {
	var list []result
	for _, m := range models() {
		for _, hide := range []bool{false, true} {
			name := m.name
			if hide {
				name += hiding
			}
			if hide && (!m.hides || o.bits > soundness.Default) || !slices.ContainsFunc(o.only, func(w string) bool { return strings.Contains(name, w) }) {
				continue
			}
			r, err := o.one(m, hide)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			r.Name = name
			list = append(list, *r)
		}
	}
	return list, nil
}

// one commits to a model and lets inference, prover and verifier take turns.
func (o *options) one(m model, hide bool) (*result, error) {
	q, input, err := m.make()
	if err != nil {
		return nil, err
	}
	goal := soundness.Goal{Bits: o.bits, MaxBytes: prover.UsualBytes, Grinding: grinding, HideWeights: hide, HideWitness: hide}
	if o.bits > soundness.Default {
		goal.MaxBytes = prover.DeepBytes
	}
	found, err := prover.Balance(q.Circuit, goal)
	if err != nil {
		return nil, err
	}
	table, err := verifier.Soundness(q.Circuit, found.Parameters)
	if err != nil {
		return nil, err
	}
	plan, err := q.Circuit.Plan()
	if err != nil {
		return nil, err
	}
	r := &result{Weights: count(q.Weights), Bits: table.Bits(), Hides: hide}
	var made *prover.Model
	r.Commit = peak.Seconds(func() {
		made, err = prover.New(prover.Config{Circuit: q.Circuit, Weights: q.Weights, Parameters: found.Parameters, Random: rand.Reader})
	})
	if err != nil {
		return nil, err
	}
	s := verifier.Statement{Circuit: q.Circuit, Weights: made.Root(), Parameters: found.Parameters, Input: input}
	return r, o.turns(r, made, s, func() error {
		_, err := plan.EvaluateChecked(q.Weights, input)
		return err
	})
}

func (o *options) turns(r *result, made *prover.Model, s verifier.Statement, infer func() error) error {
	var inferred, proved, verified []float64
	for i := range o.rounds + 1 {
		var proof []byte
		var errs [3]error
		s.Binding = fmt.Append(nil, "bench ", i) // so that nonces are others each time
		a := peak.Seconds(func() { errs[0] = infer() })
		b := peak.Seconds(func() { proof, s.Output, errs[1] = made.Prove(s.Binding, s.Input) })
		if errs[1] != nil {
			return errs[1]
		}
		c := peak.Seconds(func() { errs[2] = verifier.Verify(s, proof) })
		for _, err := range errs {
			if err != nil {
				return err
			}
		}
		if i > 0 { // the first warms up
			inferred, proved, verified = append(inferred, a), append(proved, b), append(verified, c)
		}
		r.Bytes = max(r.Bytes, len(proof))
	}
	r.Infer, r.Prove, r.Verify = median(inferred), median(proved), median(verified)
	return nil
}

func count(weights circuit.Weights) int {
	n := 0
	for _, v := range weights {
		n += len(v.Int8) + len(v.Int32)
	}
	return n
}

func median(x []float64) float64 {
	x = slices.Sorted(slices.Values(x))
	return x[len(x)/2]
}
