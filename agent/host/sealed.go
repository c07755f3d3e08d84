package host

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strings"

	"filippo.io/age"

	"github.com/cosmos/cosmos-sdk/types/bech32"

	"ayni.example/artifact"
	"ayni.example/artifact/seal"
	"ayni.example/internal/canon"
)

// Bounds of sealed artifacts; a header of age has a line for each recipient.
const (
	hostKeysMax   = 40
	sealedMax     = 2 << 20
	transcriptMax = 16 << 20
	MessageMax    = 64 << 10 // of a message's text
)

// Message is what wakes an agent, as its sender seals it to those who may host.
type Message struct {
	Format uint32 `json:"format"` // 1
	Text   string `json:"text"`
	Reply  string `json:"reply,omitempty"` // an age recipient that the answer is sealed to as well
}

// Answer is what an agent said at the end of a wake-up.
type Answer struct {
	Format uint32 `json:"format"` // 1
	Wake   uint64 `json:"wake"`
	Text   string `json:"text"`
}

// Recipient is a host's key on the ledger in the form that age reads.
func Recipient(key []byte) (string, error) {
	if len(key) != 32 {
		return "", fmt.Errorf("key of a host has %d bytes, not 32", len(key))
	}
	return bech32.ConvertAndEncode("age", key)
}

// publicKey is a recipient in the ledger's form.
func publicKey(r *age.X25519Recipient) ([]byte, error) {
	_, key, err := bech32.DecodeAndConvert(r.String())
	return key, err
}

// Seal encodes a value and seals it to hosts' keys and to readers, which are age recipients.
func Seal(value any, keys [][]byte, readers []string) ([]byte, error) {
	texts := make([]string, 0, len(keys)+len(readers))
	for _, k := range keys {
		text, err := Recipient(k)
		if err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	recipients, err := seal.Recipients(append(texts, readers...))
	if err != nil {
		return nil, err
	}
	plain, err := canon.Marshal(value)
	if err != nil {
		return nil, err
	}
	var sealed bytes.Buffer
	if err := seal.Seal(&sealed, bytes.NewReader(plain), recipients); err != nil {
		return nil, err
	}
	return sealed.Bytes(), nil
}

// Open reads what Seal wrote, by anybody, into a pointer to a zero value.
func Open(sealed []byte, value any, identities ...age.Identity) error {
	var plain bytes.Buffer
	if err := seal.Open(&plain, bytes.NewReader(sealed), identities); err != nil {
		return err
	}
	return canon.Unmarshal(plain.Bytes(), value, canon.Limits{Bytes: transcriptMax, Depth: 64})
}

// open decrypts with this machine's key and does not look at what it is.
func (h *Host) open(sealed []byte) ([]byte, error) {
	var plain bytes.Buffer
	err := seal.Open(&plain, bytes.NewReader(sealed), []age.Identity{h.cfg.Key})
	return plain.Bytes(), err
}

// digest is the name of an artifact whose SHA-256 the ledger has; "" for none.
func digest(sum []byte) artifact.Digest {
	if len(sum) == 0 {
		return ""
	}
	return artifact.Digest(artifact.Prefix + hex.EncodeToString(sum))
}

// Identity is the key of age that a scalar of X25519 stands for.
func Identity(scalar []byte) (*age.X25519Identity, error) {
	text, err := bech32.ConvertAndEncode("age-secret-key-", scalar)
	if err != nil {
		return nil, err
	}
	return age.ParseX25519Identity(strings.ToUpper(text))
}
