package yuma

// vote is a weight and the stake behind it.
type vote struct{ weight, stake Num }

// consensus is the weight that validators with more than the minority's stake give at least: the least weight up to which the
// stake exceeds the minority. Absent is the stake of those who gave none, silent whether there are any. It reorders the votes.
func consensus(votes []vote, silent bool, absent, minority Num) Num {
	if silent && absent > minority || len(votes) == 0 {
		return 0
	}
	low, high := votes[0].weight, votes[0].weight
	for _, v := range votes[1:] {
		low, high = min(low, v.weight), max(high, v.weight)
	}
	// Halving the range of weights, not the votes, bounds the rounds by the 33 bits of a weight, whoever chose them.
	below := absent
	for low < high {
		middle := low + (high-low)/2
		lower, stake := partition(votes, middle)
		if lower > 0 && (below+stake > minority || lower == len(votes)) {
			votes, high = votes[:lower], middle
			continue
		}
		votes, low = votes[lower:], middle+1
		below += stake
	}
	return low
}

// partition puts the weights up to a middle first and says how many they are and the stake behind them.
func partition(votes []vote, middle Num) (lower int, stake Num) {
	for i, v := range votes {
		if v.weight <= middle {
			votes[i], votes[lower] = votes[lower], v
			lower++
			stake += v.stake
		}
	}
	return lower, stake
}
