// Package keeper holds the state of agents, applies the policy to what they ask for, and gives each wake-up to one host at a time.
package keeper
