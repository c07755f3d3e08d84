package agent

import (
	"bytes"
	"slices"

	"cosmossdk.io/math"
)

// Tighter tells whether everything that next allows c allows too. Whatever is not provably so is looser, and waits.
func (c Charter) Tighter(next Charter) bool {
	return bytes.Equal(c.Document, next.Document) && bytes.Equal(c.Model, next.Model) &&
		subset(next.Actions, c.Actions) && c.lessMoney(next) && c.fewer(next) && c.lessTime(next) && c.Appraisal.tighter(next.Appraisal)
}

func (c Charter) lessMoney(next Charter) bool {
	for _, n := range [][2]math.Int{
		{next.Caps.PerAction, c.Caps.PerAction},
		{next.Caps.PerWake, c.Caps.PerWake},
		{next.Caps.PerHour, c.Caps.PerHour},
		{next.Caps.PerDay, c.Caps.PerDay},
		{next.Caps.Lifetime, c.Caps.Lifetime},
		{next.Caps.PerPayee, c.Caps.PerPayee},
		{next.PerWakeCost, c.PerWakeCost},
		{next.ApprovalAbove, c.ApprovalAbove},
		{c.WakePrice, next.WakePrice},
	} {
		if n[0].GT(n[1]) {
			return false
		}
	}
	return true
}

// fewer compares who is paid, who hosts, and who wakes.
func (c Charter) fewer(next Charter) bool {
	return narrower(next.Payees, c.Payees) && narrower(next.Hosts, c.Hosts) && subset(next.Wakers, c.Wakers) &&
		(c.Anyone || !next.Anyone) && (c.OnDeposit || !next.OnDeposit)
}

func (c Charter) lessTime(next Charter) bool {
	schedule := next.Every == 0 || c.Every > 0 && next.Every >= c.Every
	expires := c.Expires == 0 || next.Expires > 0 && next.Expires <= c.Expires
	return schedule && expires && next.PayeeDelay >= c.PayeeDelay && next.DelayBlocks >= c.DelayBlocks &&
		next.ApprovalSeconds <= c.ApprovalSeconds && next.ActionsMax <= c.ActionsMax && next.Timelock >= c.Timelock &&
		next.LeaseBlocks == c.LeaseBlocks && next.LeaseSeconds == c.LeaseSeconds
}

// tighter takes one that is gone, since the action goes with it, or the same with a smaller factor.
func (a *Appraisal) tighter(next *Appraisal) bool {
	switch {
	case next == nil:
		return true
	case a == nil:
		return false
	}
	return bytes.Equal(a.Model, next.Model) && a.Submitter == next.Submitter && bytes.Equal(a.Input, next.Input) &&
		a.FreshBlocks == next.FreshBlocks && a.FreshSeconds == next.FreshSeconds && a.Index == next.Index && next.Factor.LTE(a.Factor)
}

// narrower compares lists of which an empty one means everybody.
func narrower(next, list []string) bool {
	return len(list) == 0 || len(next) > 0 && subset(next, list)
}

func subset(next, list []string) bool {
	return !slices.ContainsFunc(next, func(s string) bool { return !slices.Contains(list, s) })
}
