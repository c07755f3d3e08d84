package provider

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"os/exec"
	"strings"
	"time"

	"cosmossdk.io/math"

	"ayni.example/x/compute"
)

const (
	scriptTime   = 5 * time.Second
	scriptOutput = 4 << 10
	// scriptDeclines is the exit code of a script that does not want an order.
	scriptDeclines = 3
)

// Script asks a program of the owner. It gets the order as JSON on standard input and answers with one decimal number on standard
// output: credits for an hour of a lease by the second, for a task, or for a step. Exit code 3 declines.
type Script struct {
	Path string
}

// question is what a script reads.
type question struct {
	Order      string            `json:"order"`
	Tenant     string            `json:"tenant"`
	Unit       string            `json:"unit"` // second, task or step
	MilliCPU   uint64            `json:"milli_cpu"`
	Memory     uint64            `json:"memory"`
	Disk       uint64            `json:"disk"`
	Volumes    []compute.Volume  `json:"volumes"`
	GPUs       []compute.GPU     `json:"gpus"` // that it would get here
	Tasks      uint32            `json:"tasks,omitempty"`
	Steps      uint64            `json:"steps,omitempty"`
	Operations *big.Int          `json:"operations,omitempty"` // of a step
	Standing   bool              `json:"standing"`
	Notice     uint32            `json:"reclaim_seconds"`
	PriceMax   string            `json:"price_max"` // acredit for a unit
	Attributes map[string]string `json:"attributes"`
}

// Price implements Pricer.
func (s Script) Price(ctx context.Context, o compute.Order, host compute.Host) (math.Int, error) {
	asked, err := json.Marshal(ask(o, host))
	if err != nil {
		return math.Int{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, scriptTime)
	defer cancel()
	var out, said bytes.Buffer
	cmd := exec.CommandContext(ctx, s.Path) //nolint:gosec // the owner names it
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(asked), &capped{&out, scriptOutput}, &capped{&said, scriptOutput}
	cmd.WaitDelay = time.Second
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return math.Int{}, fmt.Errorf("price script %s: no answer within %s", s.Path, scriptTime)
	case errors.As(err, &exit) && exit.ExitCode() == scriptDeclines:
		return math.Int{}, ErrDecline
	case err != nil:
		return math.Int{}, fmt.Errorf("price script %s: %w: %s", s.Path, err, strings.TrimSpace(said.String()))
	}
	return s.parse(o.Spec.Unit, out.String())
}

func (s Script) parse(unit compute.Unit, out string) (math.Int, error) {
	out = strings.TrimSpace(out)
	credits, ok := new(big.Rat).SetString(out)
	if !ok || len(out) > 40 || strings.ContainsAny(out, "/eEpPxX_") || credits.Sign() <= 0 || credits.Cmp(big.NewRat(1e9, 1)) > 0 {
		return math.Int{}, fmt.Errorf("price script %s: %q is no number of credits above 0; %d declines", s.Path, out, scriptDeclines)
	}
	by := int64(1)
	if unit == compute.UnitSecond {
		by = hour
	}
	return ceil(credits.Mul(credits, new(big.Rat).SetInt64(1e18)), by), nil
}

func ask(o compute.Order, host compute.Host) question {
	taken, _ := compute.Allot(o.Spec, host.Inventory.Resources.Minus(host.Used))
	q := question{
		Order: hex.EncodeToString(o.ID), Tenant: o.Tenant, Unit: unitWord(o.Spec.Unit), MilliCPU: taken.CPU, Memory: taken.Memory, Disk: taken.Disk,
		Volumes: taken.Volumes, GPUs: taken.GPUs, Tasks: o.Spec.Tasks, Standing: o.Spec.Standing, Notice: o.Spec.ReclaimSeconds,
		PriceMax: o.Spec.PriceMax.String(), Attributes: make(map[string]string),
	}
	for _, a := range o.Spec.Placement.Attributes {
		q.Attributes[a.Key] = a.Value
	}
	if t := o.Spec.Training; t != nil {
		q.Steps = t.Steps
		if operations, err := stepOperations(t.Job); err == nil {
			q.Operations = operations
		}
	}
	return q
}

func unitWord(u compute.Unit) string {
	return map[compute.Unit]string{compute.UnitSecond: "second", compute.UnitTask: "task", compute.UnitStep: "step"}[u]
}
