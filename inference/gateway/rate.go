package gateway

import (
	"math"
	"time"

	"ayni.example/inference/engine"
)

// bucket is a token bucket: a minute's worth of requests at most, filled evenly.
type bucket struct {
	tokens float64
	at     time.Time
}

// Allow takes one request off the key's rate, or tells when to come again.
func (k *Keys) Allow(key Key) error {
	if key.Rate == 0 {
		return nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	now, most := k.now(), float64(key.Rate)
	b := k.buckets[key.ID]
	if b == nil {
		if len(k.buckets) >= maxKeys { // revoked keys leave theirs behind
			clear(k.buckets)
		}
		b = &bucket{tokens: most, at: now}
		k.buckets[key.ID] = b
	}
	if passed := now.Sub(b.at); passed > 0 {
		b.tokens = math.Min(most, b.tokens+passed.Minutes()*most)
		b.at = now
	}
	if b.tokens >= 1 {
		b.tokens--
		return nil
	}
	wait := time.Duration((1 - b.tokens) / most * float64(time.Minute))
	return later(engine.Busy, wait, "api key %s is limited to %d requests a minute", key.ID, key.Rate)
}
