package provenance

// EraseMax is how many grants one message ends.
const EraseMax = 64

// readGrants checks grants and tombstones, each for itself and that none stands twice.
func readGrants(g *GenesisState) error {
	seen := map[string]bool{}
	for _, one := range g.Grants {
		if err := one.Validate(); err != nil {
			return err
		}
		at := one.Owner + string(one.Commitment)
		if seen[at] {
			return ErrExists.Wrapf("grant %x", one.Commitment)
		}
		seen[at] = true
	}
	for _, t := range g.Tombstones {
		if err := checkID("tombstone's asset", t.Asset); err != nil {
			return err
		}
		at := "tombstone" + string(t.Asset)
		if t.Owner == "" || t.Height < 0 || seen[at] {
			return ErrInvalid.Wrapf("tombstone of asset %x", t.Asset)
		}
		seen[at] = true
	}
	return nil
}

// Validate checks a grant without any state.
func (g Grant) Validate() error {
	if err := checkID("grant's commitment", g.Commitment); err != nil {
		return err
	}
	if g.Owner == "" || g.Grantee == "" || g.Owner == g.Grantee || g.Expires <= 0 || g.Height < 0 || g.Revoked < 0 || g.Erased < 0 {
		return ErrInvalid.Wrapf("grant %x of %s to %s, until %d", g.Commitment, g.Owner, g.Grantee, g.Expires)
	}
	return nil
}
