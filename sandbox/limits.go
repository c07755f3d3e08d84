package sandbox

import (
	"fmt"
	"strings"
	"time"
)

// Bounds of a Spec.
const (
	argsMax   = 1 << 10
	argBytes  = 128 << 10
	inputsMax = 1 << 10
	pathMax   = 255
)

// Limits of one run. Zero is the default, see [Limits.Fill].
type Limits struct {
	CPU       time.Duration // of all processes together
	Wall      time.Duration
	Memory    int64 // bytes, of all processes together
	Disk      int64 // bytes in /out and /tmp together
	Files     int   // files and folders in /out and /tmp together
	Output    int64 // bytes of stdout and stderr together
	Processes int   // processes and threads
	Open      int   // open files of a process
	Cores     int   // thousandths of a core
	Fuel      uint64
}

// Fill sets what is zero to its default.
func (l Limits) Fill() Limits {
	fill := func(v *int64, d int64) {
		if *v == 0 {
			*v = d
		}
	}
	count := func(v *int, d int) {
		if *v == 0 {
			*v = d
		}
	}
	if l.CPU == 0 {
		l.CPU = time.Minute
	}
	if l.Wall == 0 {
		l.Wall = 2 * time.Minute
	}
	if l.Fuel == 0 {
		l.Fuel = 10_000_000_000
	}
	fill(&l.Memory, 256<<20)
	fill(&l.Disk, 64<<20)
	fill(&l.Output, 1<<20)
	count(&l.Files, 1024)
	count(&l.Processes, 64)
	count(&l.Open, 256)
	count(&l.Cores, 1000)
	return l
}

// Validate says what no driver can do.
func (s Spec) Validate() error {
	l := s.Limits
	if l.CPU < 0 || l.Wall < 0 || l.Memory < 0 || l.Disk < 0 || l.Files < 0 || l.Output < 0 || l.Processes < 0 || l.Open < 0 ||
		l.Cores < 0 || l.Fuel > 1<<62 {
		return fmt.Errorf("%w: a limit is negative or too large; leave it out for the default", ErrSpec)
	}
	if len(s.Args)+len(s.Env) > argsMax {
		return fmt.Errorf("%w: %d arguments and variables, at most %d", ErrSpec, len(s.Args)+len(s.Env), argsMax)
	}
	size := 0
	for _, arg := range append(append([]string(nil), s.Args...), s.Env...) {
		size += len(arg) + 1
		if strings.ContainsRune(arg, 0) {
			return fmt.Errorf("%w: an argument or variable holds a zero byte", ErrSpec)
		}
	}
	if size > argBytes {
		return fmt.Errorf("%w: arguments and variables take %d bytes, at most %d; pass an input file", ErrSpec, size, argBytes)
	}
	for _, e := range s.Env {
		if name, _, ok := strings.Cut(e, "="); !ok || name == "" {
			return fmt.Errorf("%w: the variable %q is not NAME=VALUE", ErrSpec, e)
		}
	}
	return validInputs(s.Inputs)
}

func validInputs(inputs []Input) error {
	if len(inputs) > inputsMax {
		return fmt.Errorf("%w: %d inputs, at most %d", ErrSpec, len(inputs), inputsMax)
	}
	seen := make(map[string]bool, len(inputs))
	for _, in := range inputs {
		switch {
		case in.Name == "" || in.Name == "." || in.Name == ".." || len(in.Name) > pathMax || strings.ContainsAny(in.Name, "/\x00"):
			return fmt.Errorf("%w: %q is not a name for an input; use one without a slash", ErrSpec, in.Name)
		case seen[in.Name]:
			return fmt.Errorf("%w: two inputs are named %q", ErrSpec, in.Name)
		}
		seen[in.Name] = true
	}
	return nil
}
