package topup

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/text/currency"

	"cosmossdk.io/math"
)

// sumMost is the largest sum, in minor units: no float of a payment service rounds it, and no product overflows.
const sumMost = 1_000_000_000_000

// Sum is an amount of money in the minor units of its currency, such as cents.
type Sum struct {
	Minor    int64
	Currency string // ISO 4217, upper case
}

// ParseSum reads a form such as "20.00 EUR".
func ParseSum(text string) (Sum, error) {
	number, code, ok := strings.Cut(text, " ")
	digits, err := scale(code)
	if !ok || err != nil {
		return Sum{}, fmt.Errorf(`%.40q is no sum: want a form such as "20.00 EUR"`, text)
	}
	whole, fraction, point := strings.Cut(number, ".")
	if whole == "" || point && (fraction == "" || len(fraction) > digits) || len(whole) > 12 || strings.Trim(whole+fraction, "0123456789") != "" {
		return Sum{}, fmt.Errorf("%.40q is no sum: want digits with at most %d decimals", text, digits)
	}
	minor, err := strconv.ParseInt(whole+fraction+strings.Repeat("0", digits-len(fraction)), 10, 64)
	if err != nil {
		return Sum{}, fmt.Errorf("%.40q is no sum: %w", text, err)
	}
	s := Sum{minor, code}
	return s, s.Validate()
}

// Validate accepts what may be paid.
func (s Sum) Validate() error {
	if _, err := scale(s.Currency); err != nil {
		return err
	}
	if s.Minor < 1 || s.Minor > sumMost {
		return errors.New("the sum is zero or too large")
	}
	return nil
}

// String implements fmt.Stringer.
func (s Sum) String() string {
	digits, err := scale(s.Currency)
	if err != nil {
		return strconv.FormatInt(s.Minor, 10) + " minor units of " + strconv.Quote(s.Currency)
	}
	text := fmt.Sprintf("%0*d", digits+1, s.Minor)
	if digits > 0 {
		text = text[:len(text)-digits] + "." + text[len(text)-digits:]
	}
	return text + " " + s.Currency
}

// MarshalText implements encoding.TextMarshaler.
func (s Sum) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Sum) UnmarshalText(text []byte) (err error) {
	*s, err = ParseSum(string(text))
	return err
}

// creditsFloor is what the sum buys at a rate in acredit for one whole unit of its currency.
func (s Sum) creditsFloor(rate math.Int) (math.Int, error) {
	digits, err := scale(s.Currency)
	if err != nil {
		return math.Int{}, err
	}
	unit := int64(1)
	for range digits {
		unit *= 10
	}
	bought := rate.MulRaw(s.Minor).QuoRaw(unit)
	if !bought.IsPositive() {
		return math.Int{}, fmt.Errorf("%s buys nothing", s)
	}
	return bought, nil
}

// scale is how many decimals a currency has.
func scale(code string) (int, error) {
	unit, err := currency.ParseISO(code)
	if err != nil || unit.String() != code {
		return 0, fmt.Errorf("%.10q is no currency: want a code of ISO 4217 such as EUR", code)
	}
	digits, _ := currency.Standard.Rounding(unit)
	return digits, nil
}
