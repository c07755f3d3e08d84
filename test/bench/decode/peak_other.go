//go:build !amd64

package main

// int8Peak is not measured on this processor.
func int8Peak() float64 { return 0 }
