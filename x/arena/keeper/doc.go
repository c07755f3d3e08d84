// Package keeper holds the state of arenas: seats and bonds, epochs, and what they pay.
package keeper
