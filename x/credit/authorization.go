package credit

import (
	"cosmossdk.io/math"

	"ayni.example/internal/ethkey"
	"ayni.example/x/internal/bound"
)

// NonceSize is the length of what makes an authorisation unique.
const NonceSize = 32

// AuthorizationSecondsMax is how far ahead an authorisation may end when it pays; its nonce is kept until then.
const AuthorizationSecondsMax = 24 * 3600

// signatureSize is that of r, s and v.
const signatureSize = ethkey.SignatureSize + 1

// Authorization is an EIP-3009 TransferWithAuthorization of credits. Addresses are the 20 bytes of Ethereum's.
type Authorization struct {
	From, To                []byte
	Value                   math.Int
	ValidAfter, ValidBefore int64 // unix seconds, both exclusive
	Nonce                   []byte
}

// Digest is what the payer signs for the ledger with this EIP-155 number; the fields must have passed Validate.
func (a Authorization) Digest(chain uint64) []byte {
	return typedDigest(tokenDomain(chain), ethkey.Keccak(
		keccakText("TransferWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"),
		word(a.From), word(a.To), word(a.Value.BigInt().Bytes()), word64(uint64(a.ValidAfter)), word64(uint64(a.ValidBefore)), word(a.Nonce)))
}

// Validate checks the fields' form.
func (a Authorization) Validate() error {
	return checkSigned(a.From, a.To, a.Value, a.Nonce, a.ValidAfter, a.ValidBefore)
}

// CheckTime tells whether it may pay at now.
func (a Authorization) CheckTime(now int64) error {
	if now <= a.ValidAfter {
		return ErrWindow.Wrapf("it pays only after %d, now is %d", a.ValidAfter, now)
	}
	return checkEnd(now, a.ValidBefore)
}

// Permit is a Permit2 PermitWitnessTransferFrom of credits with the witness of x402's scheme "upto": Facilitator may have any
// amount up to the one named paid to To.
type Permit struct {
	From, To, Facilitator []byte
	Amount                math.Int
	ValidAfter, Deadline  int64 // unix seconds, both inclusive
	Nonce                 []byte
}

// Digest is what the payer signs; the fields must have passed Validate.
func (p Permit) Digest(chain uint64) []byte {
	const witness, permissions = "Witness(address to,address facilitator,uint256 validAfter)", "TokenPermissions(address token,uint256 amount)"
	return typedDigest(permit2Domain(chain), ethkey.Keccak(
		keccakText("PermitWitnessTransferFrom(TokenPermissions permitted,address spender,uint256 nonce,uint256 deadline,Witness witness)"+
			permissions+witness),
		ethkey.Keccak(keccakText(permissions), wordHex(TokenAddress), word(p.Amount.BigInt().Bytes())),
		wordHex(UptoProxyAddress), word(p.Nonce), word64(uint64(p.Deadline)),
		ethkey.Keccak(keccakText(witness), word(p.To), word(p.Facilitator), word64(uint64(p.ValidAfter)))))
}

// Validate checks the fields' form.
func (p Permit) Validate() error {
	if err := checkAddress("facilitator", p.Facilitator); err != nil {
		return err
	}
	return checkSigned(p.From, p.To, p.Amount, p.Nonce, p.ValidAfter, p.Deadline)
}

// CheckTime tells whether it may be held at now.
func (p Permit) CheckTime(now int64) error {
	if now < p.ValidAfter {
		return ErrWindow.Wrapf("it holds only from %d, now is %d", p.ValidAfter, now)
	}
	return checkEnd(now, p.Deadline)
}

// CancellationDigest is what a payer signs to burn a nonce unused: EIP-3009's CancelAuthorization.
func CancellationDigest(authorizer, nonce []byte, chain uint64) []byte {
	return typedDigest(tokenDomain(chain), ethkey.Keccak(
		keccakText("CancelAuthorization(address authorizer,bytes32 nonce)"), word(authorizer), word(nonce)))
}

// checkEnd refuses what is over at now, and what would have to be remembered for longer than a day.
func checkEnd(now, end int64) error {
	if now >= end {
		return ErrWindow.Wrapf("it ended at %d, now is %d", end, now)
	}
	if end > now+AuthorizationSecondsMax {
		return ErrWindow.Wrapf("it ends %d s from now, at most %d are taken", end-now, AuthorizationSecondsMax)
	}
	return nil
}

func checkSigned(from, to []byte, amount math.Int, nonce []byte, after, before int64) error {
	if err := checkAddress("payer", from); err != nil {
		return err
	}
	if err := checkAddress("payee", to); err != nil {
		return err
	}
	if err := CheckPositive("amount", amount); err != nil {
		return err
	}
	if after < 0 || before < 0 {
		return ErrInvalid.Wrap("a time before 1970")
	}
	return checkNonce(nonce)
}

func checkAddress(role string, address []byte) error {
	if err := bound.Length(role, address, ethkey.AddressSize); err != nil {
		return ErrInvalid.Wrap(err.Error())
	}
	return nil
}

func checkNonce(nonce []byte) error {
	if err := bound.Length("nonce", nonce, NonceSize); err != nil {
		return ErrInvalid.Wrap(err.Error())
	}
	return nil
}

func checkSignature(signature []byte) error {
	if err := bound.Length("signature", signature, signatureSize); err != nil {
		return ErrInvalid.Wrap(err.Error())
	}
	return nil
}
