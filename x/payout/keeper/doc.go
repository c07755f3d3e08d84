// Package keeper is the state of promises and every change to it.
package keeper
