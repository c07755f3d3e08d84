package receipt

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
)

// Domains of the digests. Each ends in a zero byte, so that none is a prefix of another.
const (
	saltDomain     = "ayni/salt/1\x00"
	requestDomain  = "ayni/request/1\x00"
	answerDomain   = "ayni/answer/1\x00"
	tokensDomain   = "ayni/tokens/1\x00" //nolint:gosec // tokens of a text, not of an account
	responseDomain = "ayni/response/1\x00"
)

// Salt hides content behind its digests: who lacks it cannot guess a short question from its digest. The payer's gateway
// draws it. Its text form is 64 lower-case hexadecimal digits.
type Salt [32]byte

// NewSalt draws a salt.
func NewSalt(random io.Reader) (Salt, error) {
	var s Salt
	if _, err := io.ReadFull(random, s[:]); err != nil {
		return s, fmt.Errorf("draw a salt: %w", err)
	}
	return s, nil
}

// String is the text form.
func (s Salt) String() string { return hex.EncodeToString(s[:]) }

// MarshalText writes the text form.
func (s Salt) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (s *Salt) UnmarshalText(text []byte) error {
	d, err := ParseDigest(string(text))
	*s = Salt(d)
	return err
}

// Digest is what a receipt says of the salt.
func (s Salt) Digest() Digest { return sum(saltDomain, s[:], nil) }

// Request digests the raw body of the HTTP request.
func (s Salt) Request(body []byte) Digest { return sum(requestDomain, s[:], body) }

// Answer digests the text of the answer.
func (s Salt) Answer(text []byte) Digest { return sum(answerDomain, s[:], text) }

// Response digests the raw body of the HTTP response, as it was sent.
func (s Salt) Response(body []byte) Digest { return sum(responseDomain, s[:], body) }

// Tokens digests the answer's token ids, each in four bytes, big-endian.
func (s Salt) Tokens(ids []int32) Digest {
	b := make([]byte, 0, 4*len(ids))
	for _, id := range ids {
		b = binary.BigEndian.AppendUint32(b, uint32(id))
	}
	return sum(tokensDomain, s[:], b)
}

// ContentHash digests an answer or response while it streams.
type ContentHash struct{ h hash.Hash }

// AnswerHash is a running Answer.
func (s Salt) AnswerHash() ContentHash { return running(answerDomain, s) }

// ResponseHash is a running Response.
func (s Salt) ResponseHash() ContentHash { return running(responseDomain, s) }

func running(domain string, s Salt) ContentHash {
	h := sha256.New()
	h.Write([]byte(domain))
	h.Write(s[:])
	return ContentHash{h}
}

// Write adds content; it never fails.
func (c ContentHash) Write(b []byte) (int, error) { return c.h.Write(b) }

// Digest covers what was written so far.
func (c ContentHash) Digest() Digest { return Digest(c.h.Sum(nil)) }

// sum hashes a domain, a part of fixed width and a last part: the boundaries are never in doubt.
func sum(domain string, fixed, last []byte) Digest {
	h := sha256.New()
	h.Write([]byte(domain))
	h.Write(fixed)
	h.Write(last)
	return Digest(h.Sum(nil))
}
