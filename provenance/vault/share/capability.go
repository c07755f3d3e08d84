package share

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"time"

	"ayni.example/internal/canon"
)

// capabilityLife is how long one may read without signing again.
const capabilityLife = 5 * time.Minute

const capabilityMax = 1 << 10

// capability is what the server lets one peer read for a while. Only this process makes and takes it.
type capability struct {
	Grant   string `json:"grant"`
	Holder  string `json:"holder"` // peer id
	Expires int64  `json:"expires"`
}

// seal writes a capability with its authentication.
func (s *Server) sealCapability(c capability) (string, error) {
	body, err := canon.Marshal(c)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(append(s.mac(body), body...)), nil
}

// openCapability reads one that a peer shows.
func (s *Server) openCapability(text, peer string, now time.Time) (capability, error) {
	var c capability
	if len(text) > capabilityMax {
		return c, fmt.Errorf("%w: it is too long", ErrCapability)
	}
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(b) < sha256.Size || !hmac.Equal(b[:sha256.Size], s.mac(b[sha256.Size:])) {
		return c, fmt.Errorf("%w: this process did not make it", ErrCapability)
	}
	if err := canon.Unmarshal(b[sha256.Size:], &c, canon.Limits{Bytes: capabilityMax, Depth: 2}); err != nil {
		return c, fmt.Errorf("%w: %w", ErrCapability, err)
	}
	switch {
	case c.Holder != peer:
		return c, fmt.Errorf("%w: %w", ErrCapability, ErrHolder)
	case now.Unix() >= c.Expires:
		return c, fmt.Errorf("%w: its time is over", ErrCapability)
	}
	return c, nil
}

func (s *Server) mac(body []byte) []byte {
	h := hmac.New(sha256.New, s.secret[:])
	h.Write(body)
	return h.Sum(nil)
}
