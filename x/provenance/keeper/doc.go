// Package keeper holds the state of assets and of what they earn.
//
// register.go enters an asset, parents.go makes its vector, suspicion.go finds parents that were not named; charge.go counts income,
// pay.go and sweep.go pay it out; evidence.go follows the lease that made an asset. pool.go and grant.go are pools and grants.
package keeper
