// Package keeper is the state of models and verified values and every change to it.
package keeper
