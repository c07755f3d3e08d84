// Package keeper holds the price's mark and the quotas, and every change to them. Package chain asks it when it checks
// transactions; the message server only checks who sends.
package keeper
