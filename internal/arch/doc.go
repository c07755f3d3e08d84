// Package arch holds the test that keeps the house in its layers. It has no code of its own.
package arch
