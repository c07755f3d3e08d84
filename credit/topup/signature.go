package topup

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
)

const (
	// Tolerance is how far a report's time may be from this machine's.
	Tolerance = 5 * time.Minute

	headerMost     = 2048
	signaturesMost = 8 // a service that changes its secret signs with both
)

// Sign makes the header of a report: HMAC-SHA256 over time, a point and the body.
func Sign(secret, body []byte, at time.Time) string {
	t := strconv.FormatInt(at.Unix(), 10)
	return "t=" + t + ",v1=" + hex.EncodeToString(mac(secret, t, body))
}

func mac(secret []byte, t string, body []byte) []byte {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte(t + "."))
	h.Write(body)
	return h.Sum(nil)
}

// verify checks the header: one time, and at least one good signature of scheme v1.
func verify(headers []string, body []byte, secrets [][]byte, now time.Time) error {
	if len(headers) != 1 || len(headers[0]) > headerMost {
		return fmt.Errorf("%w: want one header with its time and signature", ErrForged)
	}
	var t string
	var signatures [][]byte
	for part := range strings.SplitSeq(headers[0], ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "t":
			if t != "" {
				return fmt.Errorf("%w: it has two times", ErrForged)
			}
			t = value
		case "v1":
			if raw, err := hex.DecodeString(value); err == nil && len(signatures) < signaturesMost {
				signatures = append(signatures, raw)
			}
		}
	}
	seconds, err := strconv.ParseInt(t, 10, 64)
	if err != nil || len(t) > 12 {
		return fmt.Errorf("%w: it has no time", ErrForged)
	}
	good := false
	for _, secret := range secrets {
		want := mac(secret, t, body)
		for _, signature := range signatures {
			good = hmac.Equal(want, signature) || good
		}
	}
	if !good {
		return fmt.Errorf("%w: no signature fits", ErrForged)
	}
	if off := now.Sub(time.Unix(seconds, 0)); off > Tolerance || off < -Tolerance {
		return fmt.Errorf("%w within %s: its time is %s off", ErrForged, Tolerance, off.Round(time.Second))
	}
	return nil
}
