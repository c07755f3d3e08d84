package standard

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// MaxBundle bounds a signed bundle: a statement of MaxFiles files and their names fits.
const MaxBundle = 8 << 20

const (
	mediaBundle  = "application/vnd.dev.sigstore.bundle.v0.3+json"
	mediaPayload = "application/vnd.in-toto+json"
)

// bundle is a sigstore bundle, version 0.3, with a DSSE envelope.
type bundle struct {
	MediaType string   `json:"mediaType"`
	Material  material `json:"verificationMaterial"`
	Envelope  envelope `json:"dsseEnvelope"`
}

type material struct {
	PublicKey   *publicKey        `json:"publicKey,omitempty"`
	Certificate json.RawMessage   `json:"certificate,omitempty"`
	Chain       json.RawMessage   `json:"x509CertificateChain,omitempty"`
	Logs        []json.RawMessage `json:"tlogEntries"`
	Times       json.RawMessage   `json:"timestampVerificationData,omitempty"`
}

type publicKey struct {
	Hint string `json:"hint,omitempty"`
}

type envelope struct {
	Payload     string      `json:"payload"`
	PayloadType string      `json:"payloadType"`
	Signatures  []signature `json:"signatures"`
}

type signature struct {
	Sig   string `json:"sig"`
	KeyID string `json:"keyid,omitempty"`
}

// seal signs a statement.
func seal(s statement, key Key) ([]byte, error) {
	payload, err := encode(s)
	if err != nil {
		return nil, err
	}
	sig, err := key.sign(preAuthentication(mediaPayload, payload))
	if err != nil {
		return nil, err
	}
	raw, err := encode(bundle{
		MediaType: mediaBundle,
		Material:  material{PublicKey: &publicKey{Hint: key.Public().Hint()}, Logs: []json.RawMessage{}},
		Envelope: envelope{
			Payload: base64.StdEncoding.EncodeToString(payload), PayloadType: mediaPayload,
			Signatures: []signature{{Sig: base64.StdEncoding.EncodeToString(sig)}},
		},
	})
	if err == nil && len(raw) > MaxBundle {
		err = fmt.Errorf("%w: a bundle of %d bytes, at most %d", ErrMalformed, len(raw), MaxBundle)
	}
	return raw, err
}

// open checks a bundle's signature and returns its statement.
func open(raw []byte, key PublicKey) (statement, error) {
	b, err := decodeBundle(raw)
	if err != nil {
		return statement{}, err
	}
	m := b.Material
	switch {
	case key.IsZero():
		return statement{}, fmt.Errorf("%w: there is no key to compare with", ErrKey)
	case m.PublicKey == nil || len(m.Certificate)+len(m.Chain)+len(m.Times)+len(m.Logs) > 0:
		return statement{}, fmt.Errorf("%w: the bundle is not signed with a plain key", ErrMaterial)
	case m.PublicKey.Hint != key.Hint() || b.Envelope.Signatures[0].KeyID != "":
		return statement{}, fmt.Errorf("%w: %.80q, not %s", ErrKey, m.PublicKey.Hint+b.Envelope.Signatures[0].KeyID, key.Hint())
	}
	payload, sig, err := b.Envelope.decode()
	if err != nil {
		return statement{}, err
	}
	if !key.verify(preAuthentication(b.Envelope.PayloadType, payload), sig) {
		return statement{}, ErrSignature
	}
	return decodeStatement(b.Envelope.PayloadType, payload)
}

// peek reads a bundle's statement without looking at its signature: as a claim.
func peek(raw []byte) (statement, error) {
	b, err := decodeBundle(raw)
	if err != nil {
		return statement{}, err
	}
	payload, _, err := b.Envelope.decode()
	if err != nil {
		return statement{}, err
	}
	return decodeStatement(b.Envelope.PayloadType, payload)
}

// KeyHint names the key that signed a bundle, or is "".
func KeyHint(raw []byte) (string, error) {
	b, err := decodeBundle(raw)
	if err != nil || b.Material.PublicKey == nil {
		return "", err
	}
	return b.Material.PublicKey.Hint, nil
}

func decodeBundle(raw []byte) (bundle, error) {
	var b bundle
	if err := decode(raw, MaxBundle, &b); err != nil {
		return b, err
	}
	switch {
	case b.MediaType != mediaBundle:
		return b, fmt.Errorf("%w: media type %.80q, not %s", ErrKind, b.MediaType, mediaBundle)
	case len(b.Envelope.Signatures) != 1:
		return b, fmt.Errorf("%w: %d signatures, not one", ErrMalformed, len(b.Envelope.Signatures))
	}
	return b, nil
}

func (e envelope) decode() (payload, sig []byte, err error) {
	if payload, err = decodeBase64(e.Payload); err != nil {
		return nil, nil, fmt.Errorf("payload: %w", err)
	}
	if sig, err = decodeBase64(e.Signatures[0].Sig); err != nil {
		return nil, nil, fmt.Errorf("signature: %w", err)
	}
	return payload, sig, nil
}

// decodeBase64 takes the one spelling of the bytes: no line breaks, no stray bits.
func decodeBase64(s string) ([]byte, error) {
	raw, err := base64.StdEncoding.Strict().DecodeString(s)
	if err == nil && strings.ContainsAny(s, "\r\n") {
		err = errors.New("line breaks")
	}
	if err != nil {
		return nil, fmt.Errorf("%w: base64: %w", ErrMalformed, err)
	}
	return raw, nil
}

// preAuthentication is what DSSE signs: type and content with their lengths.
func preAuthentication(kind string, payload []byte) []byte {
	return fmt.Appendf(nil, "DSSEv1 %d %s %d %s", len(kind), kind, len(payload), payload)
}

func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte{'\n'}), nil
}

// decode reads one JSON value of at most limit bytes without fields that v does not know.
func decode(raw []byte, limit int, v any) error {
	if err := bound(raw, limit); err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: something follows the value", ErrMalformed)
	}
	return nil
}

// bound holds size, depth and the number of objects and lists, before a decoder makes something of them.
func bound(raw []byte, limit int) error {
	const maxNodes, maxDepth = 32 << 10, 64
	if len(raw) > limit {
		return fmt.Errorf("%w: %d bytes, at most %d", ErrMalformed, len(raw), limit)
	}
	nodes, depth, quoted, escaped := 0, 0, false, false
	for _, c := range raw {
		switch {
		case escaped:
			escaped = false
		case quoted && c == '\\':
			escaped = true
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			nodes, depth = nodes+1, depth+1
		case c == '}' || c == ']':
			depth--
		}
		if nodes > maxNodes || depth > maxDepth {
			return fmt.Errorf("%w: more than %d parts, or nested deeper than %d", ErrMalformed, maxNodes, maxDepth)
		}
	}
	return nil
}
