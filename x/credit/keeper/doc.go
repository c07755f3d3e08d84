// Package keeper holds the state of credit and every change to it, by noun: issuer, channel, claim, params. The message server
// only reads addresses, checks who sends and tells what happened.
package keeper
