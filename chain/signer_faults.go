//go:build faults

package chain

import (
	"os"
	"time"
)

// guardOff lets a test run two nodes with one key.
func guardOff() bool { return os.Getenv("AYNI_FAULT_GUARD") == "off" }

// shift gives a vote the time of the configured clock, for tests of clocks that jump; CometBFT reads the machine's own. A vote
// is never given a time before the last block's. A proposal keeps its time: CometBFT takes only the signature back from its signer.
func (s *signer) shift(at *time.Time) {
	shifted := at.Add(s.now().Sub(time.Now())).UTC() //nolint:forbidigo // the difference to the machine's clock is what is asked
	if s.states != nil {
		if state, err := s.states.Load(); err == nil && !shifted.After(state.LastBlockTime) {
			shifted = state.LastBlockTime.Add(time.Millisecond)
		}
	}
	*at = shifted
}
