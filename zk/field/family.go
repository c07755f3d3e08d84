package field

import (
	"os"
	"sync/atomic"
)

// environment is the variable that names a family, as for package tensor.
const environment = "AYNI_KERNEL"

// chosen is the family of this process. Families give the same values: a change under a computation changes its pace alone.
var chosen atomic.Pointer[kernels] //nolint:gochecknoglobals // the one dispatch

func active() *kernels {
	if k := chosen.Load(); k != nil {
		return k
	}
	k := choose(os.Getenv(environment), families())
	chosen.Store(k)
	return k
}

// Assembly tells whether loops in assembly are in use. Package hash follows the choice.
func Assembly() bool { return active().name != portable().name }

// families are those that this processor can run, the portable one first and the fastest last.
func families() []*kernels { return append([]*kernels{portable()}, detected()...) }

// choose is the family of that name, or else the fastest: package tensor is who complains of names that no family has.
func choose(name string, all []*kernels) *kernels {
	for _, k := range all {
		if k.name == name {
			return k
		}
	}
	return all[len(all)-1]
}
