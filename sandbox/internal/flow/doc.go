// Package flow bounds what a program prints and what is kept of its files, for all drivers alike: [Budget] for the streams of a
// run, [Output] and [Save] for the folder that gets its files.
package flow
