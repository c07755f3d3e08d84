package anchored

// Evaluator is what is remembered of one. Pairs are by contestants.
type Evaluator struct {
	// Gain is what its reports on canaries took off the prior's squared error, Reference all of that error.
	Gain, Reference Num
	// Hits of canaries that passed, FalseAlarms of those that did not: how often it raised the prior.
	Hits, HitCount, FalseAlarms, FalseCount Num
	// Skill is from 0 to One.
	Skill Num
	Pairs []Pair
}

// Pair is what is remembered of an evaluator and a contestant.
type Pair struct {
	// Known: Mean is of reports.
	Known bool
	// Mean is of its reports, corrected by its errors.
	Mean Num
	// ErrorSum and ErrorCount are of its reports on canaries, less their outcomes.
	ErrorSum, ErrorCount Num
}

// Contestant is what is remembered of one.
type Contestant struct {
	// Passed canaries of Counted ones.
	Passed, Counted Num
	// Measured: Quality is the last epoch's.
	Measured bool
	Quality  Num
	// Low counts epochs in a row below the least quality.
	Low uint32
	// CanaryAware: it did better on canaries than evaluators found elsewhere.
	CanaryAware bool
}

// Task is one answer of a contestant.
type Task struct {
	Contestant int
	Evaluators []int
	// Canary: it was opened as one, and Passed or not.
	Canary, Passed bool
}

// Epoch is what is known at an epoch's end.
type Epoch struct {
	// QualityLeast is what a contestant has to reach.
	QualityLeast Num
	Contestants  []Contestant
	Evaluators   []Evaluator
	// Weights are the evaluators' parts of all their stake.
	Weights []uint64
	Tasks   []Task
	// Reports are by evaluators: a byte for each of its tasks in their order, or nothing.
	Reports [][]byte
}

// Result is what came of an epoch; the states in the Epoch are the new ones.
type Result struct {
	// Reports counts each evaluator's; what it is paid for is Skill of each.
	Reports []int
	// Shares of the prize are by contestants: volume times the square of quality.
	Shares []uint64
	// Low are contestants that stayed below the least quality too long.
	Low []bool
}
