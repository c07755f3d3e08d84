package charter

import (
	"math/big"
	"strconv"
	"strings"
	"time"
)

const (
	creditDigits = 18 // 1 credit is 10^18 acredit
	yearsMost    = 100 * 366 * 24 * time.Hour
)

// number is a whole number that 32 bits hold; fuel may have more.
func (r *reader) number(at string, value text, none uint64) uint64 {
	text := string(value)
	if text == "" {
		return none
	}
	n, err := strconv.ParseUint(strings.ReplaceAll(text, "_", ""), 10, 64)
	if most := uint64(1)<<32 - 1; err != nil || n > most && !strings.HasSuffix(at, ".fuel") {
		r.faults.add(at, "", "%.40q is no whole number from 0 on, or too large", text)
		return 0
	}
	return n
}

// size is bytes: 4096, 16KiB or 1MiB.
func (r *reader) size(at string, value text, none uint64) uint64 {
	text := string(value)
	digits, factor := text, uint64(1)
	for unit, f := range map[string]uint64{"KiB": 1 << 10, "MiB": 1 << 20} {
		if cut, ok := strings.CutSuffix(text, unit); ok {
			digits, factor = strings.TrimSpace(cut), f
		}
	}
	if text == "" {
		return none
	}
	n, err := strconv.ParseUint(digits, 10, 22)
	if err != nil || n*factor > 1<<31 {
		r.faults.add(at, "such as 16KiB", "%.40q is no size, or too large", text)
		return 0
	}
	return n * factor
}

// thousandths is a decimal from 0 on with at most three places.
func (r *reader) thousandths(at string, value text) uint32 {
	text := string(value)
	if text == "" {
		return 0
	}
	n := decimal(text, 3)
	if n == nil || n.BitLen() > 31 {
		r.faults.add(at, "such as 0.7", "%.40q is no number with at most three decimals", text)
		return 0
	}
	return uint32(n.Uint64())
}

// credits is acredit, exactly; nil when the text is empty or wrong.
func (r *reader) credits(at string, value text) *big.Int {
	text := string(value)
	if text == "" {
		return nil
	}
	n := decimal(text, creditDigits)
	if n == nil || n.BitLen() > 128 {
		r.faults.add(at, "such as 0.5", "%.60q is no amount of credits: want digits with at most %d decimals", text, creditDigits)
		return nil
	}
	return n
}

// decimal is a number times a power of ten, or nil when that is no whole number.
func decimal(text string, places int) *big.Int {
	whole, fraction, dotted := strings.Cut(text, ".")
	if len(text) > 80 || whole == "" || dotted && fraction == "" || len(fraction) > places {
		return nil
	}
	digits := whole + fraction + strings.Repeat("0", places-len(fraction))
	if strings.Trim(digits, "0123456789") != "" {
		return nil
	}
	n, _ := new(big.Int).SetString(digits, 10)
	return n
}

// duration is whole seconds: 90s, 30m, 24h, 7d or 1h30m.
func (r *reader) duration(at string, value text, none time.Duration) time.Duration {
	text := string(value)
	if text == "" {
		return none
	}
	var d time.Duration
	var err error
	if days, ok := strings.CutSuffix(text, "d"); ok {
		var n uint64
		n, err = strconv.ParseUint(days, 10, 16)
		d = time.Duration(n) * 24 * time.Hour
	} else {
		d, err = time.ParseDuration(text)
	}
	if err != nil || d < 0 || d > yearsMost || d%time.Second != 0 {
		r.faults.add(at, "such as 90s, 30m, 24h or 7d", "%.40q is no time of whole seconds", text)
		return 0
	}
	return d
}

// moment is a date, or a date with a time.
func (r *reader) moment(at string, value text) time.Time {
	text := string(value)
	if text == "" {
		return time.Time{}
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil && t.Unix() > 0 {
			return t.UTC().Truncate(time.Second)
		}
	}
	r.faults.add(at, "such as 2027-01-31 or 2027-01-31T12:00:00Z", "%.60q is no time", text)
	return time.Time{}
}
