package provenance

import (
	"bytes"

	"ayni.example/x/internal/bound"
)

// Sizes of what messages carry.
const (
	OrderSize = 16 // of an order's id, as x/compute makes it
	KeySize   = 65 // of an uncompressed point
	// pointsMax and reasonMax bound a verdict.
	pointsMax = 1 << 48
	reasonMax = 32

	proofMax = 80 // of an ASN.1 signature of two numbers of 32 bytes
	// PayeesClaimMax bounds the payees of one claim.
	PayeesClaimMax = PayeesMax + foundMax + 1
)

// ValidateBasic checks the message's form; the manifest is decoded once, by the keeper.
func (m *MsgRegister) ValidateBasic() error {
	switch {
	case len(m.Manifest) == 0 || len(m.Manifest) > ManifestMax:
		return ErrManifest.Wrapf("%d bytes are not 1 to %d", len(m.Manifest), ManifestMax)
	case len(m.Order) != 0 && len(m.Order) != OrderSize:
		return ErrInvalid.Wrapf("order of %d bytes, not %d", len(m.Order), OrderSize)
	case m.Foreign && len(m.Order) > 0:
		return ErrInvalid.Wrap("what an order of this ledger made is not foreign")
	}
	if err := m.Terms.Validate(); err != nil {
		return err
	}
	free := FreeTerms()
	if free.Licence = m.Terms.Licence; m.Foreign && !m.Terms.Same(free) {
		return ErrTerms.Wrap("foreign: nobody owns it here, so nobody can ask anything for it but name its licence")
	}
	return nil
}

// ValidateBasic checks the message's form.
func (m *MsgTransfer) ValidateBasic() error { return checkID("asset", m.Asset) }

// ValidateBasic checks the message's form.
func (m *MsgClaimRoyalty) ValidateBasic() error {
	if len(m.Payees) == 0 || len(m.Payees) > PayeesClaimMax {
		return ErrBound.Wrapf("%d payees are not 1 to %d", len(m.Payees), PayeesClaimMax)
	}
	for i, p := range m.Payees {
		for _, o := range m.Payees[:i] {
			if bytes.Equal(p, o) {
				return ErrInvalid.Wrapf("payee %x stands twice", p)
			}
		}
	}
	return checkID("asset", m.Asset)
}

// ValidateBasic checks the message's form.
func (m *MsgSuspect) ValidateBasic() error { return checkPair(m.Asset, m.Parent) }

// ValidateBasic checks the message's form.
func (m *MsgResolve) ValidateBasic() error { return checkPair(m.Asset, m.Parent) }

// ValidateBasic checks the message's form.
func (m *MsgBan) ValidateBasic() error { return checkID("asset", m.Asset) }

// ValidateBasic checks the message's form.
func (m *MsgUpdateParams) ValidateBasic() error { return m.Params.Validate() }

// ValidateBasic checks the message's form.
func (m *MsgBindKey) ValidateBasic() error {
	if err := bound.Length("public key", m.PublicKey, KeySize); err != nil {
		return ErrKey.Wrap(err.Error())
	}
	if len(m.Proof) == 0 || len(m.Proof) > proofMax {
		return ErrKey.Wrapf("proof of %d bytes is not 1 to %d", len(m.Proof), proofMax)
	}
	return nil
}

// ValidateBasic checks the message's form.
func (m *MsgCreatePool) ValidateBasic() error {
	if len(m.Manifest) == 0 || len(m.Manifest) > ManifestMax {
		return ErrManifest.Wrapf("%d bytes are not 1 to %d", len(m.Manifest), ManifestMax)
	}
	if len(m.Checkers) == 0 || len(m.Checkers) > checkersBound {
		return ErrBound.Wrapf("%d checkers are not 1 to %d", len(m.Checkers), checkersBound)
	}
	if err := checkID("schema", m.Schema); err != nil {
		return err
	}
	if err := checkID("reference", m.Reference); err != nil {
		return err
	}
	return m.Terms.Validate()
}

// ValidateBasic checks the message's form.
func (m *MsgOpenEpoch) ValidateBasic() error { return checkID("pool", m.Pool) }

// ValidateBasic checks the message's form.
func (m *MsgContribute) ValidateBasic() error {
	if m.Bytes == 0 || m.Bytes > sizeMax {
		return ErrPool.Wrapf("a file of %d bytes", m.Bytes)
	}
	if err := checkID("pool", m.Pool); err != nil {
		return err
	}
	return checkID("commitment", m.Commitment)
}

// ValidateBasic checks the message's form.
func (m *MsgWithdraw) ValidateBasic() error { return checkID("contribution", m.Contribution) }

// ValidateBasic checks the message's form.
func (m *MsgJudge) ValidateBasic() error {
	if len(m.Verdicts) == 0 || len(m.Verdicts) > verdictsBound {
		return ErrBound.Wrapf("%d verdicts are not 1 to %d", len(m.Verdicts), verdictsBound)
	}
	for i, v := range m.Verdicts {
		if err := checkID("contribution", v.Contribution); err != nil {
			return err
		}
		if v.Accept != (v.Points > 0) || v.Points > pointsMax || v.Accept != (v.Reason == "") {
			return ErrPool.Wrapf("verdict %d: either accepted with 1 to %d points, or refused with a reason and none", i, uint64(pointsMax))
		}
		if err := bound.Text("reason", v.Reason, reasonMax); err != nil {
			return ErrPool.Wrap(err.Error())
		}
	}
	return checkID("pool", m.Pool)
}

// ValidateBasic checks the message's form.
func (m *MsgGrant) ValidateBasic() error {
	if m.Expires <= 0 {
		return ErrInvalid.Wrapf("it would expire at %d", m.Expires)
	}
	return checkID("commitment", m.Commitment)
}

// ValidateBasic checks the message's form.
func (m *MsgRevoke) ValidateBasic() error { return checkID("commitment", m.Commitment) }

// ValidateBasic checks the message's form.
func (m *MsgErase) ValidateBasic() error {
	if n := len(m.Grants); n > EraseMax || n == 0 && len(m.Asset) == 0 {
		return ErrInvalid.Wrapf("%d grants and no asset; 1 to %d, or an asset", n, EraseMax)
	}
	for _, g := range m.Grants {
		if err := checkID("commitment", g); err != nil {
			return err
		}
	}
	if len(m.Asset) == 0 {
		return nil
	}
	return checkID("asset", m.Asset)
}

func checkID(field string, b []byte) error {
	if err := bound.Length(field, b, IDSize); err != nil {
		return ErrInvalid.Wrap(err.Error())
	}
	return nil
}

func checkPair(asset, parent []byte) error {
	if err := checkID("asset", asset); err != nil {
		return err
	}
	if bytes.Equal(asset, parent) {
		return ErrInvalid.Wrap("an asset is not its own parent")
	}
	return checkID("parent", parent)
}
