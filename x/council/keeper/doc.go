// Package keeper holds the council's state and every change to it.
package keeper
