package credit

import (
	"time"

	"cosmossdk.io/math"
)

// NewIssuer is an issuer that has issued nothing yet.
func NewIssuer(address string, quota math.Int, periodSeconds uint32) Issuer {
	return Issuer{Address: address, Quota: quota, PeriodSeconds: periodSeconds, Issued: math.ZeroInt()}
}

// Validate checks the issuer without any state; a quota lowered within a period may lie below what it has issued.
func (i Issuer) Validate() error {
	if i.Address == "" {
		return ErrInvalid.Wrap("issuer has no address")
	}
	if err := CheckPositive("quota", i.Quota); err != nil {
		return err
	}
	if err := CheckAmount("issued amount", i.Issued); err != nil {
		return err
	}
	if i.PeriodStart < 0 {
		return ErrInvalid.Wrap("period began before 1970")
	}
	return checkPeriod(i.PeriodSeconds)
}

// Issue returns the issuer after it has issued amount at now. A period begins with the first issue after the one before ended.
func (i Issuer) Issue(amount math.Int, now time.Time) (Issuer, error) {
	if now.Unix() >= i.PeriodStart+int64(i.PeriodSeconds) {
		i.PeriodStart, i.Issued = now.Unix(), math.ZeroInt()
	}
	issued := i.Issued.Add(amount)
	if issued.GT(i.Quota) {
		return i, ErrQuota.Wrapf("%s of %s %s are issued until %s: %s more is too much", i.Issued, i.Quota, Denom,
			time.Unix(i.PeriodStart+int64(i.PeriodSeconds), 0).UTC().Format(time.RFC3339), amount)
	}
	i.Issued = issued
	return i, nil
}

func checkPeriod(seconds uint32) error {
	if seconds == 0 || seconds > secondsBound {
		return ErrInvalid.Wrapf("period of %d s is not 1 to %d", seconds, secondsBound)
	}
	return nil
}
