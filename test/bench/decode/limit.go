package main

import "bytes"

// bandwidth is how many 10^9 bytes a second one core reads from memory in order: the best of a few passes over more than the
// caches hold, by the vector code of bytes.IndexByte and by loads with fetches ahead.
func bandwidth() float64 {
	const size, passes = 1 << 28, 5
	b := memory(size)
	for i := 0; i < size; i += 1 << 12 {
		b[i] = 2 // memory that was never written is one page of zeros, which stays in the cache
	}
	best := 0.0
	for range passes {
		for _, read := range []func(){func() { bytes.IndexByte(b, 1) }, func() { stream(b) }} {
			s, err := seconds(func() error {
				read()
				return nil
			})
			if err == nil && s > 0 {
				best = max(best, size/s/1e9)
			}
		}
	}
	return best
}
