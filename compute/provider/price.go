package provider

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"cosmossdk.io/math"

	"ayni.example/tensor/trace"
	"ayni.example/x/compute"
)

// ErrDecline is a pricer that does not want an order at any price.
var ErrDecline = errors.New("not wanted at any price")

// Pricer says what one unit of an order costs here, in acredit.
type Pricer interface {
	Price(ctx context.Context, o compute.Order, host compute.Host) (math.Int, error)
}

// Fixed is a price for each unit, whatever the order needs. An absent unit is declined.
type Fixed map[compute.Unit]math.Int

// Price implements Pricer.
func (f Fixed) Price(_ context.Context, o compute.Order, _ compute.Host) (math.Int, error) {
	price, ok := f[o.Spec.Unit]
	if !ok || !price.IsPositive() {
		return math.Int{}, fmt.Errorf("%w: no price for %s", ErrDecline, o.Spec.Unit)
	}
	return price, nil
}

// Rates price what an order takes. Amounts are acredit for an hour; nil is free.
type Rates struct {
	Core   *big.Int            // a core
	Memory *big.Int            // a GiB
	Disk   *big.Int            // a GiB of scratch
	Volume map[string]*big.Int // a GiB, by class
	GPU    map[string]*big.Int // a card, by model; "" is any other
	Task   *big.Int            // one task, not an hour: how long it takes is not known before; nil declines batches
	Least  *big.Int            // of a lease by the second
}

const hour = 3600

// Price implements Pricer: the sum of what the order takes, rounded up to an acredit. A step of training costs the time that its
// operations take at the speed that this machine has announced.
func (r Rates) Price(_ context.Context, o compute.Order, host compute.Host) (math.Int, error) {
	switch o.Spec.Unit {
	case compute.UnitSecond:
		return ceil(r.hourly(o.Spec, host), hour), nil
	case compute.UnitTask:
		if r.Task == nil || r.Task.Sign() <= 0 {
			return math.Int{}, fmt.Errorf("%w: no price for a task", ErrDecline)
		}
		return math.NewIntFromBigInt(r.Task), nil
	case compute.UnitStep:
		return r.step(o.Spec, host)
	default:
		return math.Int{}, fmt.Errorf("%w: unit %s", ErrDecline, o.Spec.Unit)
	}
}

// hourly is what the resources of an order cost for an hour.
func (r Rates) hourly(s compute.Spec, host compute.Host) *big.Rat {
	sum := new(big.Rat)
	add := func(rate *big.Int, amount, of uint64) {
		if rate != nil {
			sum.Add(sum, new(big.Rat).SetFrac(new(big.Int).Mul(rate, new(big.Int).SetUint64(amount)), new(big.Int).SetUint64(of)))
		}
	}
	taken, _ := compute.Allot(s, host.Inventory.Resources.Minus(host.Used))
	add(r.Core, taken.CPU, 1000)
	add(r.Memory, taken.Memory, 1<<30)
	add(r.Disk, taken.Disk, 1<<30)
	for _, v := range taken.Volumes {
		add(r.Volume[v.Class], v.Bytes, 1<<30)
	}
	for _, g := range taken.GPUs {
		rate, ok := r.GPU[g.Model]
		if !ok {
			rate = r.GPU[""]
		}
		add(rate, uint64(g.Count), 1)
	}
	if r.Least != nil && sum.Cmp(new(big.Rat).SetInt(r.Least)) < 0 {
		sum.SetInt(r.Least)
	}
	return sum
}

// step prices the time of a step on the cores that the order takes. Training reaches about the speed of the benchmark.
func (r Rates) step(s compute.Spec, host compute.Host) (math.Int, error) {
	if s.Training == nil || host.Inventory.FlopsCore == 0 || s.Resources.CPU == 0 {
		return math.Int{}, fmt.Errorf("%w: how long a step takes is not known", ErrDecline)
	}
	operations, err := stepOperations(s.Training.Job)
	if err != nil {
		return math.Int{}, fmt.Errorf("%w: %w", ErrDecline, err)
	}
	speed := new(big.Int).Mul(new(big.Int).SetUint64(host.Inventory.FlopsCore), new(big.Int).SetUint64(s.Resources.CPU))
	seconds := new(big.Rat).SetFrac(operations.Mul(operations, big.NewInt(1000)), speed)
	return ceil(seconds.Mul(seconds, r.hourly(s, host)), hour), nil
}

// stepOperations are about what a step takes: six for each weight of a matrix and token, and the products of attention.
func stepOperations(job []byte) (*big.Int, error) {
	j, err := trace.DecodeJob(job)
	if err != nil {
		return nil, err
	}
	width, heads, kv := int64(j.Width), int64(j.Heads*j.HeadSize), int64(j.KVHeads*j.HeadSize)
	layer := width*(2*heads+2*kv) + 3*width*int64(j.Inner) + heads*int64(j.Length)
	weights := int64(j.Layers)*layer + width*int64(j.Vocab)
	return new(big.Int).Mul(big.NewInt(6*weights), big.NewInt(int64(j.Tokens()))), nil
}

// ceil divides and rounds up, to at least one acredit.
func ceil(amount *big.Rat, by int64) math.Int {
	amount = new(big.Rat).Quo(amount, new(big.Rat).SetInt64(by))
	n, rest := new(big.Int).QuoRem(amount.Num(), amount.Denom(), new(big.Int))
	if rest.Sign() > 0 || n.Sign() == 0 {
		n.Add(n, big.NewInt(1))
	}
	return math.NewIntFromBigInt(n)
}
