package referee

import "time"

// spent runs a clock down by what passed since the turn began. A block takes no more than a bounded number of seconds, however long it
// was in coming: a ledger that slept must not cost anybody the game.
func (s Span) spent(blocks, seconds int64, blockSeconds uint32) Span {
	blocks = max(0, blocks)
	seconds = min(max(0, seconds), blocks*int64(blockSeconds))
	return Span{Blocks: less(s.Blocks, blocks), Seconds: less(s.Seconds, seconds)}
}

func less(v uint32, by int64) uint32 { return uint32(max(0, int64(v)-by)) }

// over tells whether a height and a time are both reached.
func over(dueHeight, dueTime, height int64, now time.Time) bool {
	return height >= dueHeight && now.Unix() >= dueTime
}
