// Package volume makes folders with a quota that the kernel holds: each is an ext4 file system in a sparse file, on a loop device.
//
//	Make:    a file of the size that was asked for, with a file system; nothing when it is there
//	Mount:   -> a folder, until Unmount or the machine's next start; nothing when it is mounted
//	Unmount: the folder is empty again, the loop device is given back
//	Use:     what a mounted volume holds
//
// A file system that a tenant fills is read by this machine's kernel, but never written by the tenant other than through it. What
// a volume is for is not known here.
package volume
