package referee_test

import (
	"testing"

	"ayni.example/internal/disputetest"
	"ayni.example/tensor/trace"
	"ayni.example/x/referee"
)

// millions is a network of 2.4 million parameters, as far as disputes go: 512 tokens a step.
func millions() trace.Shape {
	return trace.Shape{
		Layers: 4, Width: 192, Heads: 6, KVHeads: 2, HeadSize: 32, Inner: 512, Vocab: 4096, Windows: 4, Length: 128,
		Eps: 0x3727c5ac, Clip: 0x3ff0000000000000,
	}
}

// answers is the most that a defender has to answer in a dispute of a whole segment of 256 steps that ends in a tile of a tensor.
func answers(p *trace.Program, tensor int) int {
	rounds := func(n int) int { // of up to 16 parts
		k := 0
		for ; n > 1; n = (n + 15) / 16 {
			k++
		}
		return k
	}
	above := p.Intermediate()
	if tensor >= above {
		above = p.State()
	}
	chunks := 0
	for tile := range p.Tiles(tensor) {
		chunks = max(chunks, p.Chunks(tensor, tile))
	}
	return rounds(trace.MaxSegment) + 1 + rounds(above) + rounds(p.Tiles(tensor)) + rounds(chunks) + 1
}

// TestAnswers: a dispute about 2.4 million parameters ends within 15 answers a side, wherever it goes.
func TestAnswers(t *testing.T) {
	p, err := trace.NewProgram(millions())
	if err != nil {
		t.Fatal(err)
	}
	parameters := 0
	for i := 0; i < p.State(); i += 3 {
		parameters += p.Before(i).Rows * p.Before(i).Cols
	}
	most, where := 0, 0
	for i := range p.Operations() {
		if n := answers(p, i); n > most {
			most, where = n, i
		}
	}
	t.Logf("%d parameters, %d operations: at most %d answers a side, for %s", parameters, len(p.Operations()), most, p.Tensor(where).Name)
	if parameters < 2_300_000 || most > 15 {
		t.Errorf("%d answers for %d parameters", most, parameters)
	}
}

// last is a dispute that has come to a chunk.
func last(training *disputetest.Training, book *disputetest.Book, tensor, tile, chunk int) (*referee.Dispute, error) {
	p := training.Program
	d := &referee.Dispute{
		Claim: make([]byte, 32), Stage: referee.StageTile, Turn: 1, From: 0, To: 1, Before: book.Root(0), After: book.Root(1),
		Tensor: int32(tensor), Index: uint32(tile), ChunkFrom: uint32(chunk), ChunkTo: uint32(chunk + 1),
	}
	made, err := book.Trace(0)
	if err != nil {
		return nil, err
	}
	root := made.Root()
	d.Trace = root[:]
	if tensor >= p.Intermediate() {
		d.State, d.Tensor = true, int32(tensor-p.Intermediate())
	}
	carries := []int{chunk + 1}
	if chunk > 0 {
		carries = []int{chunk, chunk + 1}
	}
	words, err := made.Carries(tensor, tile, carries)
	if err != nil {
		return nil, err
	}
	if chunk > 0 {
		hash := trace.CarryHash(words[0])
		d.CarryBefore = hash[:]
	}
	hash := trace.CarryHash(words[len(words)-1])
	if chunk+1 == p.Chunks(tensor, tile) {
		hash = trace.TileHash(words[len(words)-1])
	}
	d.CarryAfter = hash[:]
	return d, nil
}

// TestProve: the first and the last chunk of a tile of every operation, computed from what a defender sends, are those of the step.
func TestProve(t *testing.T) {
	training := disputetest.New(t, disputetest.Small(), 1, 1, 7)
	book := training.Honest(t)
	p := training.Program
	for i := range p.Operations() {
		tile := p.Tiles(i) / 2
		for _, chunk := range []int{0, p.Chunks(i, tile) - 1} {
			d, err := last(training, book, i, tile, chunk)
			if err != nil {
				t.Fatal(err)
			}
			msg, err := d.Proof(p, book)
			if err != nil {
				t.Fatal(err)
			}
			if err := msg.ValidateBasic(); err != nil {
				t.Fatal(err)
			}
			if holds, err := d.Prove(p, training.Job, msg); err != nil || !holds {
				t.Fatalf("chunk %d of tile %d of %s: %v, %v", chunk, tile, p.Tensor(i).Name, holds, err)
			}
			d.CarryAfter = make([]byte, 32)
			if holds, err := d.Prove(p, training.Job, msg); err != nil || holds {
				t.Fatalf("a false chunk %d of tile %d of %s: %v, %v", chunk, tile, p.Tensor(i).Name, holds, err)
			}
		}
	}
}

// FuzzProve: whatever a defender sends, the answer is an error or a verdict, and only the true operands make a true tile hold.
func FuzzProve(f *testing.F) {
	training := disputetest.New(f, disputetest.Tiny(), 1, 1, 7)
	book := training.Honest(f)
	p := training.Program
	d, err := last(training, book, p.Intermediate()-1, 0, 0)
	if err != nil {
		f.Fatal(err)
	}
	good, err := d.Proof(p, book)
	if err != nil {
		f.Fatal(err)
	}
	raw, err := good.Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add(raw[:len(raw)/2])
	f.Fuzz(func(t *testing.T, raw []byte) {
		var msg referee.MsgProve
		if msg.Unmarshal(raw) != nil || msg.ValidateBasic() != nil {
			return
		}
		if holds, err := d.Prove(p, training.Job, &msg); err == nil && !holds {
			t.Fatal("operands that lead to true roots made a false tile")
		}
	})
}

// BenchmarkProve is the last step of a dispute as the ledger takes it: the program is listed, operands are checked, the chunk is computed.
func BenchmarkProve(b *testing.B) {
	training := disputetest.New(b, millions(), 1, 1, 7)
	book := training.Honest(b)
	done := map[trace.Kind]bool{}
	for i, o := range training.Program.Operations() {
		if done[o.Kind] {
			continue
		}
		done[o.Kind] = true
		b.Run(o.Kind.String(), func(b *testing.B) {
			tile := max(0, training.Program.Tiles(i)-2)
			d, err := last(training, book, i, tile, training.Program.Chunks(i, tile)-1)
			if err != nil {
				b.Fatal(err)
			}
			msg, err := d.Proof(training.Program, book)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				p, err := trace.NewProgram(training.Job.Shape)
				if err != nil {
					b.Fatal(err)
				}
				if holds, err := d.Prove(p, training.Job, msg); err != nil || !holds {
					b.Fatal(holds, err)
				}
			}
			b.ReportMetric(float64(msg.Size()), "bytes")
		})
	}
}
