// Package keeper is the state of pledges and challenges and every change to it.
package keeper
