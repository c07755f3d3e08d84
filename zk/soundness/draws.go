package soundness

import (
	"math/big"

	"ayni.example/zk/commit"
	"ayni.example/zk/field"
	"ayni.example/zk/transcript"
)

// Bounds of the bits of nonces in the search, which a processor finds in a minute, and the bits of those before queries: beside the
// others they take no time.
const (
	minDraw    = 8
	maxDraw    = 31
	deepQuery  = 20
	counted    = 20 // bad challenges are counted in units of 2^-20
	foldShares = 8  // of the bad challenges that a goal allows, a matrix has at most one of so many
)

// work is the bad challenges and the draws of each kind that has nonces.
type work struct {
	bad, draws [transcript.Queries]uint64
}

func (w *work) add(terms []Term) {
	for _, t := range terms {
		w.bad[t.Kind] += t.Count
		w.draws[t.Kind] += t.Draws
	}
}

// allowed is how many of all challenges may be bad, in units of 2^-20: seven eighths of what the goal allows, the rest is for queries.
func allowed(bits int) uint64 {
	all := new(big.Int).Exp(big.NewInt(field.P), big.NewInt(4), nil)
	all.Rsh(all.Lsh(all, counted), uint(bits))
	return all.Mul(all, big.NewInt(7)).Rsh(all, 3).Uint64()
}

// left is what a nonce of so many bits leaves of bad challenges, in units of 2^-20.
func left(bad uint64, bits uint32) uint64 { return (bad<<counted + 1<<bits - 1) >> bits }

// time is how long the prover looks for nonces.
func (w *work) time(d commit.Draws) uint64 {
	hashes := w.draws[transcript.Rounds]<<d.Rounds + w.draws[transcript.Keys]<<d.Keys + w.draws[transcript.Folds]<<d.Folds
	return hashes / nanosecond * perNonce
}

// least is the bits that cost the prover least, of those that leave at most so many bad challenges.
func (w *work) least(allowed uint64) (best commit.Draws, found bool) {
	for folds := uint32(minDraw); folds <= maxDraw; folds++ {
		for keys := uint32(minDraw); keys <= maxDraw; keys++ {
			rest := left(w.bad[transcript.Folds], folds) + left(w.bad[transcript.Keys], keys)
			for rounds := uint32(minDraw); rounds <= min(folds, keys); rounds++ {
				d := commit.Draws{Rounds: rounds, Keys: keys, Folds: folds}
				if rest+left(w.bad[transcript.Rounds], rounds) <= allowed && (!found || w.time(d) < w.time(best)) {
					best, found = d, true
				}
			}
		}
	}
	return best, found
}

// draws finds the bits of the nonces of parameters, and the time that they take.
func (s *searcher) draws(p commit.Parameters) (commit.Draws, uint64, bool) {
	var w work
	w.add(s.terms(p))
	opening := 2 * variables(p)
	w.bad[transcript.Rounds] += opening
	w.draws[transcript.Rounds] += opening / 2
	for _, m := range s.matrices(p) {
		w.bad[transcript.Folds] += uint64(m.Challenges) << m.LogLength
		w.draws[transcript.Folds] += uint64(m.Challenges)
	}
	d, found := w.least(allowed(s.goal.Bits))
	return d, w.time(d), found
}

// foldable says whether nonces of the bits that are tried leave few enough bad challenges of a matrix of profile 2.
func (s *searcher) foldable(challenges, logLength uint32) bool {
	return s.folds == 0 || left(uint64(challenges)<<logLength, s.folds) <= s.allowed/foldShares
}

// folding is the time of the nonces of so many challenges that fold.
func (s *searcher) folding(challenges uint32) uint64 {
	if s.folds == 0 {
		return 0
	}
	return uint64(challenges) << s.folds / nanosecond * perNonce
}

// guess is what is thought of nonces while levels are not known.
type guess struct {
	time     uint64
	possible bool
}

// deep is best with the bits of nonces that cost least.
func (s *searcher) deep() (best candidate, found bool) {
	const shorter = 8 // times; more work does not make an opening so much shorter
	for s.folds = minDraw; s.folds <= maxDraw; s.folds++ {
		if found && s.folding(1) > shorter*best.time {
			break
		}
		clear(s.chains)
		c, is := s.best()
		if !is {
			continue
		}
		// What was guessed while the levels were not known is replaced.
		guessed, _ := s.fixed(c.parameters)
		for _, m := range s.matrices(c.parameters) {
			guessed += s.folding(m.Challenges)
		}
		draws, time, is := s.draws(c.parameters)
		c.parameters.Draws, c.time = draws, c.time-guessed+time
		if is && s.fits(c.cost) && (!found || s.better(c.cost, best.cost)) {
			best, found = c, true
		}
	}
	return best, found
}

func (s *searcher) matrices(p commit.Parameters) []commit.Matrix {
	return p.Matrices(p.Weights.Rows(s.goal.Weights), p.Witness.Rows(s.goal.Witness))
}

// fixed is the time of the nonces that do not depend on what follows the weights' matrix.
func (s *searcher) fixed(p commit.Parameters) (time uint64, found bool) {
	if s.folds == 0 {
		return 0, true
	}
	key := [2]uint32{p.Weights.Columns, p.Weights.InverseRate}
	known, is := s.keys[key]
	if !is {
		var w work
		w.add(s.terms(p))
		d, possible := w.least(s.allowed / 2)
		known = guess{w.time(d), possible}
		s.keys[key] = known
	}
	return known.time, known.possible
}
