// Package keeper holds the beacon's rounds: what opens, takes and closes them.
package keeper
