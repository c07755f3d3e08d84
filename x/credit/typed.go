package credit

import (
	"encoding/binary"
	"encoding/hex"
	"regexp"
	"strconv"

	"ayni.example/internal/ethkey"
)

// The credit as programs see it that pay by signing EIP-712 typed data for an EVM's token. There is no contract at its address;
// the ledger reads the data itself.
const (
	TokenAddress = "0x000000000000000000000000000000000000a111"
	TokenName    = "Ayni credit"
	TokenVersion = "1"
)

// Contracts that the typed data of Permit2 and of x402's scheme "upto" name; they stand at these addresses on every EVM.
const (
	Permit2Address   = "0x000000000022D473030F116dDEE9F6B43aC78BA3"
	UptoProxyAddress = "0x4020A4f3b7b90ccA423B9fabCc0CE57C6C240002"
)

// chainIDForm is that of the EVM's networks; the number in it is EIP-155's.
var chainIDForm = regexp.MustCompile(`^[a-z]+_([1-9][0-9]{0,18})-[1-9][0-9]*$`)

// ChainNumber is the EIP-155 number in a ledger's chain id, as typed data and CAIP-2 names (eip155:NUMBER) have it.
func ChainNumber(chainID string) (uint64, error) {
	found := chainIDForm.FindStringSubmatch(chainID)
	if found == nil {
		return 0, ErrInvalid.Wrapf("chain id %q has no EIP-155 number", chainID)
	}
	number, err := strconv.ParseUint(found[1], 10, 64)
	if err != nil {
		return 0, ErrInvalid.Wrapf("chain id %q: %s", chainID, err)
	}
	return number, nil
}

// tokenDomain separates what is signed for the credit on one ledger from everything else.
func tokenDomain(chain uint64) []byte {
	return ethkey.Keccak(
		keccakText("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
		keccakText(TokenName), keccakText(TokenVersion), word64(chain), wordHex(TokenAddress))
}

// permit2Domain is likewise of Permit2.
func permit2Domain(chain uint64) []byte {
	return ethkey.Keccak(
		keccakText("EIP712Domain(string name,uint256 chainId,address verifyingContract)"),
		keccakText("Permit2"), word64(chain), wordHex(Permit2Address))
}

// typedDigest is what a wallet signs.
func typedDigest(domain, message []byte) []byte {
	return ethkey.Keccak([]byte{0x19, 0x01}, domain, message)
}

func keccakText(text string) []byte { return ethkey.Keccak([]byte(text)) }

// word is b as a number of 32 bytes; b is at most as long.
func word(b []byte) []byte {
	padded := make([]byte, 32)
	copy(padded[32-len(b):], b)
	return padded
}

func word64(n uint64) []byte { return word(binary.BigEndian.AppendUint64(nil, n)) }

// wordHex is of one of the addresses above.
func wordHex(address string) []byte {
	b, err := hex.DecodeString(address[len("0x"):])
	if err != nil {
		return nil // none of them
	}
	return word(b)
}
