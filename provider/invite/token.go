package invite

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"ayni.example/receipt"
)

// ErrToken is a text that is no invitation, or not a whole one.
var ErrToken = errors.New("not an invitation")

const (
	prefix      = "ayni1"
	version     = 1
	secretBytes = 16
	sumBytes    = 4
	// Bounds of a token.
	tokenMax  = 2048
	textMax   = 255
	addrsMax  = 8
	domainSum = "ayni/invite/1\x00"
)

// Secret lets its holder in once.
type Secret [secretBytes]byte

// String hides the secret from logs.
func (Secret) String() string { return "[secret]" }

// Token is all that a new machine needs to know. Its text form is "ayni1" and base64url with a checksum.
type Token struct {
	ChainID string
	Genesis receipt.Digest // SHA-256 of the genesis file
	Peer    string         // the inviter's peer id
	Addrs   []string       // multiaddrs of the inviter, without the peer id
	Secret  Secret
}

// Encode is the text form.
func (t Token) Encode() (string, error) {
	if len(t.Addrs) == 0 || len(t.Addrs) > addrsMax {
		return "", fmt.Errorf("%w: %d addresses, want 1 to %d", ErrToken, len(t.Addrs), addrsMax)
	}
	b := []byte{version}
	for _, s := range append([]string{t.ChainID, t.Peer}, t.Addrs...) {
		if s == "" || len(s) > textMax {
			return "", fmt.Errorf("%w: field of %d bytes", ErrToken, len(s))
		}
		b = append(append(b, byte(len(s))), s...)
	}
	b = append(append(b, t.Genesis[:]...), t.Secret[:]...)
	b = append(b, sum(b)...)
	return prefix + base64.RawURLEncoding.EncodeToString(b), nil
}

// Decode reads a token, whole and unchanged, or says what is wrong with it.
func Decode(text string) (Token, error) {
	body, ok := strings.CutPrefix(text, prefix)
	if !ok || len(text) > tokenMax {
		return Token{}, fmt.Errorf("%w: it begins with %q and has at most %d characters", ErrToken, prefix, tokenMax)
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(body)
	if err != nil || strings.ContainsAny(body, "\r\n") {
		return Token{}, fmt.Errorf("%w: a character is wrong or missing", ErrToken)
	}
	tail := len(receipt.Digest{}) + secretBytes
	if len(b) < 1+tail+sumBytes || string(sum(b[:len(b)-sumBytes])) != string(b[len(b)-sumBytes:]) {
		return Token{}, fmt.Errorf("%w: the checksum does not match: copy the whole token", ErrToken)
	}
	b = b[:len(b)-sumBytes]
	if b[0] != version {
		return Token{}, fmt.Errorf("%w: version %d; this program knows %d", ErrToken, b[0], version)
	}
	fields, tailBytes := b[1:len(b)-tail], b[len(b)-tail:]
	texts, err := split(fields)
	if err != nil {
		return Token{}, err
	}
	t := Token{ChainID: texts[0], Peer: texts[1], Addrs: texts[2:]}
	copy(t.Secret[:], tailBytes[copy(t.Genesis[:], tailBytes):])
	return t, nil
}

// split reads the length-prefixed texts: chain id, peer, addresses.
func split(b []byte) ([]string, error) {
	var texts []string
	for len(b) > 0 {
		n := int(b[0])
		if n == 0 || n > len(b)-1 || len(texts) == 2+addrsMax {
			return nil, fmt.Errorf("%w: a field is cut or too many", ErrToken)
		}
		texts, b = append(texts, string(b[1:1+n])), b[1+n:]
	}
	if len(texts) < 3 {
		return nil, fmt.Errorf("%w: a field is missing", ErrToken)
	}
	return texts, nil
}

func sum(b []byte) []byte {
	h := sha256.Sum256(append([]byte(domainSum), b...))
	return binary.BigEndian.AppendUint32(nil, binary.BigEndian.Uint32(h[:sumBytes]))
}
