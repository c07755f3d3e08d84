//go:build unix

package archive

import "golang.org/x/sys/unix"

// nonBlocking keeps a pipe that took a file's place from keeping us waiting.
const nonBlocking = unix.O_NONBLOCK
