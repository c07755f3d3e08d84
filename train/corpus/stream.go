package corpus

import (
	"fmt"
	"math/bits"

	"ayni.example/tensor/grad"
)

// Streams of grad.DomainOrder: epochs count up from 0, the order of files has the last number.
const filesStream = 1<<32 - 1

// Stream is all tokens of some files.
type Stream struct {
	Tokens []int32
	Files  int
}

// Marks are the tokens around a document. Equal ones are one: it stands before each document and after the last.
type Marks struct{ Start, End int32 }

// Join encodes files one after the other, with the marks around them.
func Join(files []File, encode func(text string) []int32, marks Marks) Stream {
	s := Stream{Files: len(files)}
	for _, f := range files {
		s.Tokens = append(s.Tokens, marks.Start)
		s.Tokens = append(s.Tokens, encode(f.Text)...)
		if marks.Start != marks.End {
			s.Tokens = append(s.Tokens, marks.End)
		}
	}
	if marks.Start == marks.End {
		s.Tokens = append(s.Tokens, marks.End)
	}
	return s
}

// Shuffle puts files in an order drawn from the seed.
func Shuffle(files []File, seed uint64) []File {
	out := make([]File, len(files))
	for i, at := range permutation(seed, filesStream, len(files)) {
		out[i] = files[at]
	}
	return out
}

// Order says which window of a stream comes when. It is a function of the seed: nothing has to be
// saved but how many windows were seen.
type Order struct {
	stream Stream
	seed   uint64
	length int // tokens that a window predicts
	count  int // windows in an epoch
	spare  int // how far the first window may be from the start of the stream
	epoch  uint64
	offset int
	at     []int32 // permutation of the epoch; nil before the first
}

// NewOrder cuts a stream into windows of length+1 tokens, of which neighbours share one.
func NewOrder(stream Stream, seed uint64, length int) (*Order, error) {
	n := len(stream.Tokens) - 1
	if n < length {
		return nil, &ShortError{Have: n + 1, Want: length + 1}
	}
	o := &Order{stream: stream, seed: seed, length: length, count: n / length, spare: n % length}
	if o.count > 1 {
		o.count--
		o.spare += length
	}
	return o, nil
}

// ShortError tells that a stream does not fill one window.
type ShortError struct{ Have, Want int }

// Error gives both lengths.
func (e *ShortError) Error() string {
	return fmt.Sprintf("the text has %d tokens, one window needs %d", e.Have, e.Want)
}

// Hint is advice.
func (e *ShortError) Hint() string { return "add text, or make batch.length shorter" }

// Epoch is the number of windows in one pass over the text.
func (o *Order) Epoch() int { return o.count }

// Window is the window with the given number, counted over all epochs. The caller must not change it.
func (o *Order) Window(number uint64) []int32 {
	epoch := number / uint64(o.count)
	if o.at == nil || o.epoch != epoch {
		// Each epoch cuts elsewhere, so that no token is always the first of its window.
		block := grad.Block(o.seed, grad.DomainOrder, uint32(epoch), 0)
		o.offset = below(block, o.spare+1)
		o.at, o.epoch = permutation(o.seed, uint32(epoch), o.count), epoch
	}
	start := o.offset + int(o.at[number%uint64(o.count)])*o.length
	return o.stream.Tokens[start : start+o.length+1]
}

// permutation is Fisher and Yates's, with draw i from block i of the stream; block 0 is not used.
func permutation(seed uint64, stream uint32, n int) []int32 {
	out := make([]int32, n)
	for i := range out {
		out[i] = int32(i)
	}
	for i := n - 1; i > 0; i-- {
		j := below(grad.Block(seed, grad.DomainOrder, stream, uint64(i)), i+1)
		out[i], out[j] = out[j], out[i]
	}
	return out
}

// below maps 64 random bits to 0..n-1; the bias is below n/2^64.
func below(block [4]uint32, n int) int {
	hi, _ := bits.Mul64(uint64(block[0])|uint64(block[1])<<32, uint64(n))
	return int(hi)
}
