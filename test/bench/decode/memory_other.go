//go:build !linux

package main

func memory(size int) []byte { return make([]byte, size) }
