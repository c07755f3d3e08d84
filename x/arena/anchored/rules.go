package anchored

// Rules are the constants of scoring. An arena scores by [Standard] ones; others show what each of them holds off.
type Rules struct {
	// Memory of skill and of an evaluator's errors with one contestant, and of a contestant's canaries: what an epoch leaves of them.
	Memory, ErrorMemory, CanaryMemory Num
	// Attainable is what of the prior's error the best can take away; nobody has less skill than SkillLeast.
	Attainable, SkillLeast Num
	// PriorLeast and PriorMost: the public prior is never surer than this.
	PriorLeast, PriorMost Num
	// Newcomer is the quality of who was never measured.
	Newcomer Num
	// Step is how far an evaluator's mean goes towards its last reports.
	Step Num
	// ErrorSlope is what errors with a contestant take off an evaluator's influence on it.
	ErrorSlope int64
	// Parts is how many equal parts of the stake count for one evaluator.
	Parts uint64
	// LeastGate is the least that canaries count, against the median; Aware is how many deviations above it they count nothing.
	LeastGate Num
	Aware     int64
}

// Standard are the rules of arenas.
func Standard() Rules {
	return Rules{
		Memory: frac(90, 100), ErrorMemory: frac(95, 100), CanaryMemory: frac(93, 100), Attainable: frac(45, 100),
		PriorLeast: frac(5, 100), PriorMost: frac(95, 100), Newcomer: frac(60, 100), Step: frac(25, 100),
		ErrorSlope: 3, Parts: capParts, LeastGate: frac(15, 100), Aware: 2,
	}
}

const (
	capParts    = 2
	errorStart  = 6            // canaries that an evaluator is thought to have told right before the first
	rateStart   = 8            // the same, of hits and of false alarms
	hitStart    = One * 9 / 10 // what these are, before canaries tell
	falseStart  = One / 10
	trustMin    = One / 10 // least difference of an evaluator's hits and false alarms
	canaryHalf  = 8        // canaries that count as much as all evaluators
	countLeast  = One / 4  // fewer canaries say nothing
	varianceMin = One / 50 // of an outcome that evaluators are almost sure of
	meanLeast   = -One     // means of reports that were corrected
	meanMost    = 2 * One
	reportMost  = 255
	lowMost     = 3 // epochs below the least quality
)
