package artifact

import (
	"crypto/sha256"
	"encoding"
	"encoding/binary"
	"hash"
)

// ChunkSize is the length of all chunks of a blob but the last. It is part of the protocol between peers.
const ChunkSize = 1 << 20

// State is SHA-256's state between two chunks, big-endian as the digest is. Since a chunk is a whole number of SHA-256's blocks,
// nothing else is carried over. The state behind the last chunk is the digest itself, with the padding and so the length in it.
type State [sha256.Size]byte

// hashState is how crypto/sha256 writes its state: a mark, the state, a block that is not full yet, the length.
const (
	stateMark = "sha\x03"
	stateLen  = len(stateMark) + sha256.Size + sha256.BlockSize + 8
)

// FirstState is the one that every blob begins with, SHA-256's initial value.
func FirstState() State { return stateOf(sha256.New()) }

// Chunks is how many chunks a blob of this size has; an empty one has none.
func Chunks(size int64) int64 { return (size + ChunkSize - 1) / ChunkSize }

// ChunkLen is the length of a chunk.
func ChunkLen(size, chunk int64) int64 { return min(ChunkSize, size-chunk*ChunkSize) }

// ChunkEnd is the state behind a chunk of a blob of this size, when start is the one before it: the digest for the last chunk.
func ChunkEnd(size, chunk int64, start State, content []byte) State {
	h := resumed(start, chunk*ChunkSize)
	h.Write(content)
	if chunk == Chunks(size)-1 {
		return State(h.Sum(nil))
	}
	return stateOf(h)
}

func stateOf(h hash.Hash) State {
	text, err := h.(encoding.BinaryAppender).AppendBinary(make([]byte, 0, stateLen))
	if err != nil || len(text) != stateLen {
		panic("artifact: crypto/sha256 writes its state in another form") // tests would not have passed
	}
	return State(text[len(stateMark):])
}

func resumed(start State, done int64) hash.Hash {
	text := make([]byte, 0, stateLen)
	text = append(append(text, stateMark...), start[:]...)
	text = append(text, make([]byte, sha256.BlockSize)...)
	text = binary.BigEndian.AppendUint64(text, uint64(done))
	h := sha256.New()
	if err := h.(encoding.BinaryUnmarshaler).UnmarshalBinary(text); err != nil {
		panic("artifact: crypto/sha256 reads its state in another form") // as above
	}
	return h
}

// outliner is SHA-256 that keeps the states between chunks.
type outliner struct {
	hash   hash.Hash
	n      int64
	states []State // before the second chunk, the third, ...
}

func newOutliner() *outliner { return &outliner{hash: sha256.New()} }

// Write never fails.
func (o *outliner) Write(b []byte) (int, error) {
	for rest := b; len(rest) > 0; {
		if o.n > 0 && o.n%ChunkSize == 0 {
			o.states = append(o.states, stateOf(o.hash))
		}
		n, _ := o.hash.Write(rest[:min(int64(len(rest)), ChunkSize-o.n%ChunkSize)])
		o.n += int64(n)
		rest = rest[n:]
	}
	return len(b), nil
}

func (o *outliner) digest() Digest { return digestOf(o.hash.Sum(nil)) }
