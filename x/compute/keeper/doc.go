// Package keeper is the market's state: it matches bids with orders, moves escrows and bonds, and watches over leases.
package keeper
