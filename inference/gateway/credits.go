package gateway

import (
	"strings"

	"cosmossdk.io/math"
)

// creditDecimals is the number of decimals of a credit: 1 credit is 10^18 acredit.
const creditDecimals = 18

// Credits writes acredit as credits, exactly and without trailing zeros.
func Credits(amount math.Int) string {
	text := math.LegacyNewDecFromIntWithPrec(orZero(amount), creditDecimals).String()
	return strings.TrimRight(strings.TrimRight(text, "0"), ".")
}
