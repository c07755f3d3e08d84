//go:build !amd64 || purego

package field

// detected are the families beyond the portable one: none is written for this processor.
func detected() []*kernels { return nil }
