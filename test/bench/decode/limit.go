package main

import "bytes"

// bandwidth is how many 10^9 bytes a second one core reads from memory in order, by the vector code of bytes.IndexByte, at best
// of a few passes over more than the caches hold.
func bandwidth() float64 {
	const size, passes = 1 << 28, 5
	b := make([]byte, size)
	for i := 0; i < size; i += 1 << 12 {
		b[i] = 2 // memory that was never written is one page of zeros, which stays in the cache
	}
	b[size-1] = 1
	best := 0.0
	for range passes {
		s, err := seconds(func() error {
			bytes.IndexByte(b, 1)
			return nil
		})
		if err == nil && s > 0 {
			best = max(best, size/s/1e9)
		}
	}
	return best
}
