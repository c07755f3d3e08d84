// Package peak measures the limit that benchmarks of matrix work are compared with.
package peak

import "syscall"

// Operations is how many 10^9 float32 operations one core does per second of processor time when it only multiplies and
// adds in registers; a fused multiplication and addition counts as two. It is 0 where it cannot be measured.
func Operations() float64 { return measure() }

// Seconds is the processor time of this process during do.
func Seconds(do func()) float64 {
	before := used()
	do()
	return used() - before
}

func used() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}
