package kernel

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
)

// Table is one family of kernels. Each part belongs to a file of its own: gemm.go, quant.go, vector.go.
type Table struct {
	Name   string
	Gemm   Gemm
	Quant  Quant
	Vector Vector
}

// portable is the family that defines the bits.
func portable() *Table {
	return &Table{Name: "portable", Gemm: portableGemm(), Quant: portableQuant(), Vector: portableVector()}
}

// Families are those that this processor can run, the portable one first and the fastest last.
func Families() []*Table { return append([]*Table{portable()}, detected()...) }

// environment is the variable that names a family.
const environment = "AYNI_KERNEL"

// chosen is decided once for a process, as kernels must not change under a computation.
var chosen = sync.OnceValues(func() (*Table, error) { return choose(os.Getenv(environment), Families()) }) //nolint:gochecknoglobals // the one dispatch

// Chosen is the family that this process computes with, or why the environment's choice cannot be had.
func Chosen() (*Table, error) { return chosen() }

// active is what Chosen said, at hand: rows of a small model are so short that a lookup would show.
var active atomic.Pointer[Table] //nolint:gochecknoglobals // the one dispatch

// Active is Chosen where the choice has been checked.
func Active() *Table {
	if t := active.Load(); t != nil {
		return t
	}
	return activate()
}

func activate() *Table {
	t, err := chosen()
	if err != nil {
		panic(err)
	}
	active.Store(t)
	return t
}

func choose(name string, families []*Table) (*Table, error) {
	if name == "" {
		return families[len(families)-1], nil
	}
	names := make([]string, len(families))
	for i, t := range families {
		if names[i] = t.Name; t.Name == name {
			return t, nil
		}
	}
	return nil, fmt.Errorf("%s=%s: this processor runs %s; set one of these, or unset it for the fastest",
		environment, name, strings.Join(names, ", "))
}
