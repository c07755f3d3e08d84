package hash_test

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
	"testing"
	"time"

	"ayni.example/zk/field"
	"ayni.example/zk/hash"
)

func matrix(r *rand.Rand, n int) []field.Element {
	m := make([]field.Element, n)
	for i := range m {
		m[i][0] = r.Uint32()
	}
	return m
}

// TestColumns compares with the standard library: rows around the ends of blocks, columns around those of registers.
func TestColumns(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for _, rows := range []int{0, 1, 2, 12, 13, 14, 15, 16, 28, 29, 30, 64, 100} {
		for _, columns := range []int{0, 1, 15, 16, 17, 32, 45} {
			m, prefix := matrix(r, rows*columns), byte(r.Uint32())
			got := make([]hash.Sum, columns)
			hash.Columns(got, prefix, m, rows)
			for j := range got {
				message := []byte{prefix}
				for i := range rows {
					message = binary.LittleEndian.AppendUint32(message, m[i*columns+j][0])
				}
				if got[j] != sha256.Sum256(message) {
					t.Fatalf("column %d of %d, of %d rows, has another hash", j, columns, rows)
				}
			}
		}
	}
}

func TestNodes(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for _, kept := range []int{24, 32} {
		for _, n := range []int{0, 1, 2, 15, 16, 17, 31, 48, 64} {
			children, prefix := make([]hash.Sum, 2*n), byte(r.Uint32())
			for i := range children {
				for k := range children[i] {
					children[i][k] = byte(r.Uint32())
				}
			}
			got := make([]hash.Sum, n)
			hash.Nodes(got, prefix, children, kept)
			for i := range got {
				message := append([]byte{prefix}, children[2*i][:kept]...)
				if got[i] != sha256.Sum256(append(message, children[2*i+1][:kept]...)) {
					t.Fatalf("node %d of %d, of %d bytes, has another hash", i, n, kept)
				}
			}
		}
	}
}

// TestNonce compares with a search by the standard library, also where higher bytes of the nonce change on the way.
func TestNonce(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for _, zeros := range []uint{1, 5, 9, 12} {
		for _, first := range []uint64{0, 16, 240, 65520, 1<<24 - 32, 1<<32 - 16, 1<<56 - 16} {
			var message hash.Nonced
			for i := range message {
				message[i] = byte(r.Uint32())
			}
			want, is := uint64(0), false
			const count = 1 << 12
			for nonce := first; nonce < first+count && !is; nonce++ {
				m := binary.LittleEndian.AppendUint64(append([]byte{}, message[:33]...), nonce)
				if hash.Leading(sha256.Sum256(m)) >= zeros {
					want, is = nonce, true
				}
			}
			if got, found := hash.Nonce(&message, zeros, first, count); got != want || found != is {
				t.Errorf("%d zeros from %d on: nonce %d, %v, want %d, %v", zeros, first, got, found, want, is)
			}
		}
	}
}

func TestShape(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a matrix of another shape was hashed")
		}
	}()
	hash.Columns(make([]hash.Sum, 4), 0, make([]field.Element, 7), 2)
}
