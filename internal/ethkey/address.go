package ethkey

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"

	"cosmossdk.io/core/address"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/bech32"
)

// Prefix begins every address of the ledger.
const Prefix = "ayni"

// CoinType is Ethereum's in SLIP-44, so that a recovery phrase gives the same account in its wallets.
const CoinType = 60

// AddressSize is that of every account, in bytes.
const AddressSize = 20

// ErrAddress is a text that is no address of this ledger.
var ErrAddress = errors.New("not an address")

// AddressCodec reads an address in bech32 or, as Ethereum's wallets show it, in hexadecimal behind 0x; it writes bech32.
// Two texts of one account differ: compare the bytes, and store what BytesToString gives.
type AddressCodec struct{}

var _ address.Codec = AddressCodec{}

// StringToBytes reads either form; mixed-case hexadecimal must carry the right checksum.
func (AddressCodec) StringToBytes(text string) ([]byte, error) {
	if digits, found := strings.CutPrefix(text, "0x"); found {
		return parseHex(digits)
	}
	prefix, b, err := bech32.DecodeAndConvert(text)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAddress, err)
	}
	if prefix != Prefix {
		return nil, fmt.Errorf("%w: begins with %q instead of %q", ErrAddress, prefix, Prefix)
	}
	if len(b) != AddressSize {
		return nil, fmt.Errorf("%w: %d bytes instead of %d", ErrAddress, len(b), AddressSize)
	}
	return b, nil
}

// BytesToString writes bech32; no bytes give no text.
func (AddressCodec) BytesToString(b []byte) (string, error) {
	if len(b) == 0 {
		return "", nil
	}
	if len(b) != AddressSize {
		return "", fmt.Errorf("%w: %d bytes instead of %d", ErrAddress, len(b), AddressSize)
	}
	return bech32.ConvertAndEncode(Prefix, b)
}

// Hex writes the form that Ethereum's wallets show, with its checksum (EIP-55).
func Hex(b []byte) string { return "0x" + checksum(hex.EncodeToString(b)) }

// Format writes bech32 for an address known to be whole; anything else gives an empty text.
func Format(b []byte) string {
	text, err := AddressCodec{}.BytesToString(b)
	if err != nil {
		return ""
	}
	return text
}

// configured guards the SDK's own settings, which belong to the process: some of its code prints addresses through them.
var configured sync.Once //nolint:gochecknoglobals // it guards a global that is not ours

// Configure gives the SDK the ledger's prefixes; any number of calls, from any goroutine, have the effect of one.
func Configure() {
	configured.Do(func() {
		config := sdk.GetConfig()
		config.SetBech32PrefixForAccount(Prefix, Prefix+"pub")
		config.SetBech32PrefixForValidator(Prefix+"valoper", Prefix+"valoperpub")
		config.SetBech32PrefixForConsensusNode(Prefix+"valcons", Prefix+"valconspub")
		config.SetCoinType(CoinType)
	})
}

func parseHex(digits string) ([]byte, error) {
	b, err := hex.DecodeString(digits)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAddress, err)
	}
	if len(b) != AddressSize {
		return nil, fmt.Errorf("%w: %d bytes instead of %d", ErrAddress, len(b), AddressSize)
	}
	lower := strings.ToLower(digits)
	if digits != lower && digits != strings.ToUpper(digits) && digits != checksum(lower) {
		return nil, fmt.Errorf("%w: the checksum in its capital letters is wrong", ErrAddress)
	}
	return b, nil
}

// checksum raises the letters of lower whose digit in the keccak-256 of the whole is 8 or more.
func checksum(lower string) string {
	sum := hex.EncodeToString(keccak([]byte(lower)))
	out := []byte(lower)
	for i, c := range out {
		if c >= 'a' && sum[i] >= '8' {
			out[i] = c - 'a' + 'A'
		}
	}
	return string(out)
}
