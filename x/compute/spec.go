package compute

import (
	"cosmossdk.io/math"

	"ayni.example/tensor/trace"
	"ayni.example/x/internal/bound"
)

const (
	wordMax       = 64
	wordChars     = "abcdefghijklmnopqrstuvwxyz0123456789-._/"
	attributesMax = 32
	namedMax      = 32
	addressMax    = 64
	volumesMax    = 8
	gpusMax       = 8
	choicesMax    = 8
	dataMax       = 64
	exportsMax    = 16
	tasksMax      = 10_000
	retriesMax    = 10
	// bytesMax, cpuMax, countMax and flopsMax keep sums of resources far from overflow.
	bytesMax = 1 << 50
	cpuMax   = 1 << 30
	countMax = 1 << 16
	flopsMax = 1 << 60
)

// Units are how many units an order has in all; zero where it runs until it is closed.
func (s Spec) Units() uint64 {
	switch s.Unit {
	case UnitTask:
		return uint64(s.Tasks)
	case UnitStep:
		return s.Training.Steps
	default:
		return 0
	}
}

// Segments are how many segments a training has; the last may be shorter.
func (t Training) Segments() uint64 { return (t.Steps + t.Segment - 1) / t.Segment }

// UseMost is the most that assets in data may ask; orders from before there were assets do not say.
func (t Training) UseMost() math.Int {
	if t.UseMax.IsNil() {
		return math.ZeroInt()
	}
	return t.UseMax
}

// Span is the steps of a segment: from, and to which is not in it.
func (t Training) Span(segment uint64) (from, to uint64) {
	from = segment * t.Segment
	return from, min(from+t.Segment, t.Steps)
}

// Validate checks what is wanted without any state.
func (s Spec) Validate() error {
	if err := s.Resources.validate(true); err != nil {
		return err
	}
	if len(s.Resources.GPUs) > 0 {
		return ErrInvalid.Wrap("an order's accelerators are choices, not resources")
	}
	if err := s.validateChoices(); err != nil {
		return err
	}
	if err := s.Placement.Validate(); err != nil {
		return err
	}
	if err := money("price_max", s.PriceMax); err != nil {
		return err
	}
	switch {
	case !s.PriceMax.IsPositive():
		return ErrInvalid.Wrap("nobody works for nothing: price_max is zero")
	case len(s.Manifest) != digestSize && (s.Unit != UnitStep || len(s.Manifest) > 0):
		return ErrInvalid.Wrapf("manifest is a digest of %d bytes", digestSize)
	case s.UntilExit && s.Unit != UnitSecond:
		return ErrInvalid.Wrap("until_exit is for orders by the second")
	}
	return s.validateUnit()
}

func (s Spec) validateUnit() error {
	batch := s.Tasks > 0 || s.Retries > 0 || s.ReviewSeconds > 0
	switch {
	case s.Unit != UnitSecond && s.Unit != UnitTask && s.Unit != UnitStep:
		return ErrInvalid.Wrapf("unit %s", s.Unit)
	case s.Unit != UnitTask && batch:
		return ErrInvalid.Wrap("only a batch has tasks, retries and a time of review")
	case s.Unit == UnitTask && (s.Tasks == 0 || s.Tasks > tasksMax || s.Retries > retriesMax || s.ReviewSeconds == 0):
		return ErrInvalid.Wrapf("a batch has 1 to %d tasks, at most %d retries, and a time of review", tasksMax, retriesMax)
	case (s.Unit == UnitStep) != (s.Training != nil):
		return ErrInvalid.Wrap("training is of the unit step, and only training")
	case s.Unit == UnitStep:
		return s.Training.Validate()
	}
	return nil
}

// Validate checks a training without any state.
func (t Training) Validate() error {
	if err := bound.Length("recipe", t.Recipe, digestSize); err != nil {
		return ErrInvalid.Wrap(err.Error())
	}
	for _, d := range t.Data {
		if err := bound.Length("data", d, digestSize); err != nil {
			return ErrInvalid.Wrap(err.Error())
		}
	}
	if len(t.Data) > dataMax {
		return ErrInvalid.Wrapf("%d artifacts of data, more than %d", len(t.Data), dataMax)
	}
	job, err := trace.DecodeJob(t.Job)
	if err != nil {
		return ErrInvalid.Wrapf("job: %s", err)
	}
	if t.Steps != job.Steps || t.Segment != job.Segment {
		return ErrInvalid.Wrapf("%d steps in segments of %d, the job has %d in %d", t.Steps, t.Segment, job.Steps, job.Segment)
	}
	if err := money("audit_fee", t.AuditFee); err != nil {
		return err
	}
	return money("use_max", t.UseMost())
}

func (s Spec) validateChoices() error {
	if len(s.GPUs) > choicesMax {
		return ErrInvalid.Wrapf("%d choices of accelerators, more than %d", len(s.GPUs), choicesMax)
	}
	for _, c := range s.GPUs {
		if c.Count == 0 || c.Count > countMax || len(c.Any) == 0 || len(c.Any) > gpusMax {
			return ErrInvalid.Wrapf("a choice is of 1 to %d accelerators of 1 to %d kinds", countMax, gpusMax)
		}
		for _, g := range c.Any {
			if err := g.words(true); err != nil {
				return err
			}
			if g.Count != 0 || g.Memory > bytesMax {
				return ErrInvalid.Wrap("a kind in a choice has a count, or too much memory")
			}
		}
	}
	return nil
}

// Validate checks a placement without any state; that its addresses are accounts is the keeper's to check.
func (p Placement) Validate() error {
	if err := validateAttributes(p.Attributes); err != nil {
		return err
	}
	if len(p.Providers) > 0 && len(p.Excluded) > 0 {
		return ErrInvalid.Wrap("a placement names providers or excludes them, not both")
	}
	for _, list := range [][]string{p.Providers, p.Excluded} {
		if err := bound.Distinct("providers", list, namedMax); err != nil {
			return ErrInvalid.Wrap(err.Error())
		}
		for _, a := range list {
			if len(a) == 0 || len(a) > addressMax {
				return ErrInvalid.Wrapf("provider of %d characters", len(a))
			}
		}
	}
	if p.FlopsCore > flopsMax || p.FlopsAll > flopsMax {
		return ErrInvalid.Wrap("no machine is as fast as that")
	}
	return nil
}
