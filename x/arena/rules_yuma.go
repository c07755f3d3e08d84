package arena

const u16Max = 1<<16 - 1

func (y Yuma) validate() error {
	for _, n := range []struct {
		name        string
		value, most uint32
	}{
		{"kappa", y.Kappa, u16Max},
		{"bonds_penalty", y.BondsPenalty, u16Max},
		{"bonds_moving_average", y.BondsMovingAverage, 1_000_000},
		{"alpha_low", y.AlphaLow, u16Max},
		{"alpha_high", y.AlphaHigh, u16Max},
		{"alpha_steepness", y.AlphaSteepness, 1 << 15},
		{"activity_cutoff", y.ActivityCutoff, blocksMax},
		{"max_allowed_validators", y.MaxAllowedValidators, evaluatorsMost},
	} {
		if n.value > n.most {
			return ErrRules.Wrapf("%s of %d is more than %d", n.name, n.value, n.most)
		}
	}
	switch {
	case y.MaxAllowedValidators == 0 || y.ActivityCutoff == 0:
		return ErrRules.Wrap("max_allowed_validators and activity_cutoff are at least 1")
	case y.LiquidAlpha && !y.Yuma3:
		return ErrRules.Wrap("liquid_alpha works with yuma3 alone")
	case y.LiquidAlpha && y.AlphaLow > y.AlphaHigh:
		return ErrRules.Wrap("alpha_low is above alpha_high")
	}
	return nil
}
