package sandbox

import "time"

// Reason is why a run ended.
type Reason string

// The reasons. With all but Exited the exit code means nothing.
const (
	Exited      Reason = "exited"        // by itself, with a code; a signal counts as 128 and its number
	Trapped     Reason = "trapped"       // by an instruction that cannot be executed
	OutOfTime   Reason = "out of time"   // CPU or wall time
	OutOfMemory Reason = "out of memory" // it was killed for memory, or failed after memory was refused
	OutOfDisk   Reason = "out of disk"   // it failed after /out and /tmp were full
	OutOfFuel   Reason = "out of fuel"
	// OutOfProcesses: it failed after a process or thread was refused.
	OutOfProcesses Reason = "out of processes"
	OutOfOutput    Reason = "out of output" // stdout and stderr
	Killed         Reason = "killed"        // by its caller
)

// Result of a run.
type Result struct {
	Reason Reason
	Exit   int
	Detail string // of a reason, where there is something to say
	Usage  Usage
}

// OK tells whether the program ended by itself and well.
func (r Result) OK() bool { return r.Reason == Exited && r.Exit == 0 }

// Usage is what a run took. What a driver does not measure is zero.
type Usage struct {
	CPU    time.Duration
	Wall   time.Duration
	Memory int64 // bytes at the peak
	Disk   int64 // bytes in /out and /tmp at the end
	Output int64 // bytes of stdout and stderr
	Fuel   uint64
}
