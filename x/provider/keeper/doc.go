// Package keeper holds the register of providers and every change to it. The message server only reads addresses, checks who
// sends and tells what happened.
package keeper
