//go:build !linux

package machine

// memoryOf is the memory of this machine in bytes, where the system does not tell: enough for the models that a laptop runs.
func memoryOf() uint64 { return memoryUnknown }
