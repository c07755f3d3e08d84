package serve

import (
	"sync"
	"sync/atomic"
	"time"

	"ayni.example/inference/engine"
	"ayni.example/receipt"
)

// keptKey names a finished answer: request ids are the payer's, so another payer's do not meet them.
type keptKey struct {
	payer   receipt.Key
	request string
}

// kept is a finished answer.
type kept struct {
	chunks  []engine.Chunk
	vectors *engine.Embedding
	result  engine.Result
	receipt receipt.Receipt
	prompt  uint64
	exact   bool

	at    time.Time
	bytes int
	final atomic.Bool
}

// settle notes that the answer was paid.
func (k *kept) settle() { k.final.Store(true) }

// settled tells whether it was; a final voucher that came with the next open shows in the lane's head.
func (k *kept) settled(head receipt.Digest) bool {
	at, err := k.receipt.Head()
	return k.final.Load() || (err == nil && at == head)
}

// keeper holds finished answers for payers whose connection broke, bounded in number, size and age. The oldest go first.
type keeper struct {
	limits Limits
	now    func() time.Time

	mu    sync.Mutex
	byKey map[keptKey]*kept
	order []keptKey
	bytes int
}

func newKeeper(limits Limits, now func() time.Time) *keeper {
	return &keeper{limits: limits, now: now, byKey: map[keptKey]*kept{}}
}

func (k *keeper) put(key keptKey, answer *kept) {
	answer.at = k.now()
	for _, c := range answer.chunks {
		answer.bytes += 64 + len(c.Text) + len(c.Thinking) + len(c.ToolCalls) + 64*len(c.Tokens)
	}
	if answer.vectors != nil {
		for _, v := range answer.vectors.Vectors {
			answer.bytes += 4 * len(v)
		}
	}
	if answer.bytes > k.limits.KeptBytes/4 {
		return // one answer must not drive out all others
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if old := k.byKey[key]; old != nil {
		k.bytes += answer.bytes - old.bytes
		k.byKey[key] = answer
	} else {
		k.byKey[key] = answer
		k.order = append(k.order, key)
		k.bytes += answer.bytes
	}
	for len(k.order) > k.limits.Kept || k.bytes > k.limits.KeptBytes || k.old(k.byKey[k.order[0]]) {
		k.bytes -= k.byKey[k.order[0]].bytes
		delete(k.byKey, k.order[0])
		k.order = k.order[1:]
	}
}

func (k *keeper) find(key keptKey) *kept {
	k.mu.Lock()
	defer k.mu.Unlock()
	if answer := k.byKey[key]; answer != nil && !k.old(answer) {
		return answer
	}
	return nil
}

func (k *keeper) old(answer *kept) bool { return k.now().Sub(answer.at) > k.limits.KeptFor }
