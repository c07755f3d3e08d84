package artifact

import (
	"ayni.example/x/credit"
	"ayni.example/x/internal/bound"
)

// ValidateBasic checks the message's form.
func (m *MsgPledge) ValidateBasic() error {
	if err := checkDigest(m.Digest); err != nil {
		return err
	}
	if err := bound.Length("root", m.Root, DigestSize); err != nil {
		return ErrInvalid.Wrap(err.Error())
	}
	if m.Size_ == 0 || m.Size_ > SizeMax {
		return ErrInvalid.Wrapf("size of %d bytes is not 1 to %d", m.Size_, uint64(SizeMax))
	}
	return credit.CheckAmount("bond", m.Bond)
}

// ValidateBasic checks the message's form.
func (m *MsgExtend) ValidateBasic() error { return checkDigest(m.Digest) }

// ValidateBasic checks the message's form.
func (m *MsgRelease) ValidateBasic() error { return checkDigest(m.Digest) }

// ValidateBasic checks the message's form.
func (m *MsgChallenge) ValidateBasic() error { return checkDigest(m.Digest) }

// ValidateBasic checks the message's form.
func (m *MsgAnswer) ValidateBasic() error {
	if len(m.Data) > LeafSize || len(m.Path) > pathMax {
		return ErrInvalid.Wrapf("leaf of %d bytes with %d hashes is more than %d and %d", len(m.Data), len(m.Path), LeafSize, pathMax)
	}
	return checkDigest(m.Digest)
}

// ValidateBasic checks the message's form.
func (m *MsgUpdateParams) ValidateBasic() error { return m.Params.Validate() }

func checkDigest(digest []byte) error {
	if err := bound.Length("digest", digest, DigestSize); err != nil {
		return ErrInvalid.Wrap(err.Error())
	}
	return nil
}
