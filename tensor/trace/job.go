package trace

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// Job is a training that can be disputed: everything that decides its states.
type Job struct {
	Shape
	Plan    Hash   // tokens and factors of all steps
	Initial Hash   // root of the state before the first step
	Steps   uint64 // of the whole training
	Segment uint64 // steps from one committed state to the next
}

// Bounds of a job.
const (
	MaxSteps   = 1 << 28
	MaxSegment = 256

	jobHeader = "ayni/job/1\n"
	jobSize   = len(jobHeader) + 12*8 + 2*sha256.Size + 2*8
)

// ErrJob means that an encoded job is not one.
var ErrJob = errors.New("not a job")

// Validate names the first number that is out of bounds.
func (j Job) Validate() error {
	if err := j.Shape.Validate(); err != nil {
		return err
	}
	switch {
	case j.Steps < 1 || j.Steps > MaxSteps:
		return fmt.Errorf("%w: it has %d steps, want 1 to %d", ErrJob, j.Steps, MaxSteps)
	case j.Segment < 1 || j.Segment > MaxSegment:
		return fmt.Errorf("%w: a segment has %d steps, want 1 to %d", ErrJob, j.Segment, MaxSegment)
	}
	return nil
}

// Encode is the canonical form.
func (j Job) Encode() []byte {
	untied := uint64(0)
	if j.Untied {
		untied = 1
	}
	buf := append(make([]byte, 0, jobSize), jobHeader...)
	for _, v := range []int{j.Layers, j.Width, j.Heads, j.KVHeads, j.HeadSize, j.Inner, j.Vocab, j.Windows, j.Length} {
		buf = binary.LittleEndian.AppendUint64(buf, uint64(v))
	}
	for _, v := range []uint64{untied, uint64(j.Eps), j.Clip} {
		buf = binary.LittleEndian.AppendUint64(buf, v)
	}
	buf = append(append(buf, j.Plan[:]...), j.Initial[:]...)
	buf = binary.LittleEndian.AppendUint64(buf, j.Steps)
	return binary.LittleEndian.AppendUint64(buf, j.Segment)
}

// DecodeJob reads the canonical form of a valid job, and nothing else.
func DecodeJob(data []byte) (Job, error) {
	if len(data) != jobSize || !strings.HasPrefix(string(data), jobHeader) {
		return Job{}, fmt.Errorf("%w: %d bytes, want %d that begin with %q", ErrJob, len(data), jobSize, jobHeader)
	}
	rest := data[len(jobHeader):]
	next := func() uint64 {
		v := binary.LittleEndian.Uint64(rest)
		rest = rest[8:]
		return v
	}
	var j Job
	for _, p := range []*int{&j.Layers, &j.Width, &j.Heads, &j.KVHeads, &j.HeadSize, &j.Inner, &j.Vocab, &j.Windows, &j.Length} {
		v := next()
		if v > 1<<20 {
			return Job{}, fmt.Errorf("%w: a number of its shape is %d", ErrJob, v)
		}
		*p = int(v)
	}
	untied, eps := next(), next()
	if untied > 1 || eps > 1<<32-1 {
		return Job{}, fmt.Errorf("%w: tied is %d and epsilon %#x", ErrJob, untied, eps)
	}
	j.Untied, j.Eps, j.Clip = untied == 1, uint32(eps), next()
	rest = rest[copy(j.Plan[:], rest):]
	rest = rest[copy(j.Initial[:], rest):]
	j.Steps, j.Segment = next(), next()
	return j, j.Validate()
}

// Digest names the job.
func (j Job) Digest() Hash { return sha256.Sum256(j.Encode()) }
