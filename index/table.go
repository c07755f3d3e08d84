package index

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"strings"
)

// Kinds of columns.
const (
	integer = 'i'
	text    = 't'
	raw     = 'b'
)

// table is one whose rows follow from single blocks.
type table struct {
	name    string
	columns string // by commas
	kinds   string // of each column
	key     string // order within a block
}

// row holds int64, string and []byte, as the table's kinds say.
type row []any

// tables lists them; a digest is taken in this order.
func tables() []table {
	return []table{
		{"blocks", "height,time_ns,day,hash,proposer,txs,events", "iiibbii", "height"},
		{"txs", "height,tx,hash,sender,code,codespace,log,gas_wanted,gas_used,fee,bytes", "iibtittiiti", "tx"},
		{"messages", "height,tx,msg,type,body", "iiitt", "tx,msg"},
		{"events", "height,tx,seq,msg,type,attributes", "iiiitt", "tx,seq"},
		{"movements", "height,tx,seq,account,amount,peer,reason", "iiitttt", "tx,seq"},
		{"touches", "height,tx,subject", "iit", "tx,subject"},
	}
}

func (t table) width() int { return len(t.kinds) }

// targets are addresses to scan a row into.
func (t table) targets() []any {
	list := make([]any, t.width())
	for i, kind := range t.kinds {
		switch kind {
		case integer:
			list[i] = new(int64)
		case text:
			list[i] = new(string)
		default:
			list[i] = new([]byte)
		}
	}
	return list
}

// scanned is the row behind targets.
func scanned(targets []any) row {
	r := make(row, len(targets))
	for i, target := range targets {
		switch v := target.(type) {
		case *int64:
			r[i] = *v
		case *string:
			r[i] = *v
		case *[]byte:
			r[i] = *v
		}
	}
	return r
}

// rows are those of one block by table, each table's in the order of its key.
type rows map[string][]row

// height and day are those of the block that the rows are of.
func (r rows) height() int64 { return r["blocks"][0][0].(int64) }
func (r rows) day() int64    { return r["blocks"][0][2].(int64) }

// digest is a hash over all rows of a block, the same from whichever database they were read.
func (r rows) digest() [sha256.Size]byte {
	h := sha256.New()
	for _, t := range tables() {
		list := r[t.name]
		frame(h, 't', []byte(t.name))
		for _, one := range list {
			for _, value := range one {
				hashValue(h, value)
			}
		}
	}
	return [sha256.Size]byte(h.Sum(nil))
}

func hashValue(h hash.Hash, value any) {
	switch v := value.(type) {
	case int64:
		frame(h, 'i', binary.BigEndian.AppendUint64(nil, uint64(v)))
	case string:
		frame(h, 's', []byte(v))
	case []byte:
		frame(h, 'b', v)
	default:
		panic(fmt.Sprintf("column of type %T", value)) // rows are made in this package alone
	}
}

// frame writes a value so that no two sequences of values look alike.
func frame(h hash.Hash, kind byte, value []byte) {
	h.Write([]byte{kind})
	h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(value))))
	h.Write(value)
}

// count is how many rows there are.
func (r rows) count() int {
	n := 0
	for _, list := range r {
		n += len(list)
	}
	return n
}

// clean makes text that both databases take: PostgreSQL refuses NUL and broken UTF-8.
func clean(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}
