package charter

import (
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"time"
)

// Plan is what a file says: what hosts follow, and what the ledger keeps.
type Plan struct {
	Label    string // tells the agents of one owner apart
	Document Document
	Policy   Policy
}

// Policy is the part that the ledger enforces. Amounts are acredit, times whole seconds. No amount is nil in a plan that was read.
type Policy struct {
	ModelDigest string   // `sha256:…`, "" when any bytes by the document's name of the model will do
	Actions     []string // sorted, of Actions()

	PerAction, PerWake, PerHour, PerDay, Lifetime, PerPayee *big.Int
	PerWakeCost                                             *big.Int // for hosts and fees
	ApprovalAbove                                           *big.Int // what the owner need not approve
	ApprovalSeconds                                         uint32   // for the owner to answer
	ActionsMax                                              uint32

	Payees      []string // addresses; none: anyone
	PayeeDelay  time.Duration
	DelayBlocks uint32

	Every     time.Duration // 0: no schedule
	OnDeposit bool
	Wakers    []string // addresses; none: the owner alone
	WakersAny bool
	WakePrice *big.Int

	Hosts        []string // none: every registered one
	LeaseBlocks  uint32
	LeaseSeconds uint32

	Appraisal *Appraisal
	Timelock  time.Duration
	Expires   time.Time // zero: never
}

// Appraisal is what a proved value must be for `pay_proved`: as zkml.Requirement, with the most that is paid for it.
type Appraisal struct {
	Model           string // `sha256:…`
	Submitter       string // an address
	Input           string // `sha256:…`, or ""
	Blocks, Seconds uint32
	Index           uint32   // the integer of the output that counts
	Per             *big.Int // acredit at most for each one of it
}

// The actions that a charter may name.
const (
	Pay       = "pay"
	Reserve   = "reserve"
	PayProved = "pay_proved"
)

// Actions lists them.
func Actions() []string { return []string{Pay, PayProved, Reserve} }

func addressForm() *regexp.Regexp {
	return regexp.MustCompile(`^(0x[0-9a-fA-F]{40}|[a-z]{2,16}1[0-9a-z]{38,58})$`)
}

func (p Policy) check() faults {
	var f faults
	f.when(p.ModelDigest != "" && !digestForm().MatchString(p.ModelDigest), "model.digest", "", "want sha256: and 64 hexadecimal digits")
	for i, a := range p.Actions {
		f.when(!slices.Contains(Actions(), a), fmt.Sprintf("actions[%d]", i), "pay, pay_proved or reserve", "%q is unknown", a)
		f.when(slices.Index(p.Actions, a) != i, fmt.Sprintf("actions[%d]", i), "", "%s stands there twice", a)
	}
	f.when(slices.Contains(p.Actions, PayProved) != (p.Appraisal != nil), "appraisal", "", "wanted with the action pay_proved, and only then")
	p.checkAmounts(&f)
	addresses := func(path string, list []string, most int) {
		f.when(len(list) > most, path, "", "%d, at most %d", len(list), most)
		for i, a := range list {
			f.when(!addressForm().MatchString(a), fmt.Sprintf("%s[%d]", path, i), "such as 0x and 40 hexadecimal digits", "%.80q is no address", a)
		}
	}
	addresses("payees", p.Payees, 64)
	addresses("wake.who", p.Wakers, 16)
	addresses("hosts", p.Hosts, 16)
	f.when(p.Every != 0 && p.Every < 10*time.Second, "wake.every", "", "at least 10 s")
	f.when(p.ActionsMax > 16, "limits.actions", "", "at most 16")
	f.when(p.LeaseBlocks == 0 || p.LeaseBlocks > 100_000, "lease.blocks", "", "want 1 to %d", 100_000)
	f.when(p.LeaseSeconds == 0 || p.LeaseSeconds > 86400, "lease.time", "", "want 1 s to 1 day")
	if a := p.Appraisal; a != nil {
		f.when(!digestForm().MatchString(a.Model), "appraisal.model", "sha256: and the id that `ayni zkml list` prints", "want sha256: and 64 hexadecimal digits")
		f.when(!addressForm().MatchString(a.Submitter), "appraisal.submitter", "whose inputs are trusted", "%.80q is no address", a.Submitter)
		f.when(a.Input != "" && !digestForm().MatchString(a.Input), "appraisal.input", "", "want sha256: and 64 hexadecimal digits")
		f.when(a.Per == nil || a.Per.Sign() <= 0, "appraisal.per_unit", "such as 0.01", "want an amount above 0")
	}
	return f
}

// checkAmounts asks that the caps make sense beside each other: a narrow one above a wide one was meant otherwise.
func (p Policy) checkAmounts(f *faults) {
	f.when(p.Lifetime == nil, "limits.lifetime", "such as 100 (credits)", "missing: every agent has a cap")
	if len(p.Actions) > 0 {
		f.when(p.PerWake == nil, "limits.per_wake", "such as 1 (credits)", "missing: an agent that may act has a cap")
		f.when(p.ActionsMax == 0, "limits.actions", "such as 4", "missing: an agent that may act has a number of actions")
	}
	caps := []struct {
		path  string
		value *big.Int
	}{
		{"limits.per_wake_cost", p.PerWakeCost},
		{"limits.per_wake", p.PerWake},
		{"limits.per_hour", p.PerHour},
		{"limits.per_day", p.PerDay},
		{"limits.lifetime", p.Lifetime},
	}
	for i, narrow := range caps {
		for _, wide := range caps[i+1:] {
			if narrow.value != nil && wide.value != nil && narrow.value.Cmp(wide.value) > 0 {
				f.add(narrow.path, "", "is above %s", wide.path)
				break
			}
		}
	}
	if p.PerAction != nil && p.PerWake != nil {
		f.when(p.PerAction.Cmp(p.PerWake) > 0, "limits.per_action", "", "is above limits.per_wake")
	}
	if p.WakersAny {
		f.when(p.WakePrice == nil || p.PerWakeCost != nil && p.WakePrice.Cmp(p.PerWakeCost) < 0, "wake.price", "at least limits.per_wake_cost",
			"anyone may wake it for less than a wake-up costs")
	}
}
