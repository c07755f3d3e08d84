// Package keeper is the state of claims, audits and disputes and every change to it.
package keeper
