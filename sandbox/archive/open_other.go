//go:build !unix

package archive

const nonBlocking = 0
