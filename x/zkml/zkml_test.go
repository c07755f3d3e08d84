package zkml_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"

	"cosmossdk.io/math"

	"ayni.example/x/zkml"
)

func digest(b byte) []byte { return bytes.Repeat([]byte{b}, zkml.DigestSize) }

// TestDigests holds the bytes that proofs and receipts are bound to; they may never change.
func TestDigests(t *testing.T) {
	binding := zkml.Binding("ayni_1-1", digest(1), []byte("submitter"), []byte("item 7"), 9)
	for want, got := range map[string][]byte{
		"76b97ea4024e516d5fc966befc12187fb8c77460a9d9ae05a0e0ffe80ae9a3f0": zkml.ModelID(digest(1), digest(2), []byte{1, 2, 3}),
		"f402030b5a3c8f6c71628aebd3b9ab8b5f7bf17ded66dc18ca14d09001212a1e": zkml.InputDigest([]int32{-1, 0, 1 << 30}),
		"1f1e1294dc267d9ffece419171b5dd76e8382b598f8542d1b89667b43c922785": binding[:],
		"05031eb44808291fc1691ccca9c8163ace03193f17065ba3e9649a44f29014d8": zkml.Slot([]byte("submitter"), []byte("item 7")),
	} {
		if hex.EncodeToString(got) != want {
			t.Errorf("%x, want %s", got, want)
		}
	}
}

// TestBindingSeparates: what differs in anything is bound differently, also where bytes move from one field to the next.
func TestBindingSeparates(t *testing.T) {
	seen := map[[zkml.DigestSize]byte]bool{}
	for _, b := range [][zkml.DigestSize]byte{
		zkml.Binding("a", digest(1), []byte("s"), []byte("c"), 1),
		zkml.Binding("b", digest(1), []byte("s"), []byte("c"), 1),
		zkml.Binding("a", digest(2), []byte("s"), []byte("c"), 1),
		zkml.Binding("a", digest(1), []byte("t"), []byte("c"), 1),
		zkml.Binding("a", digest(1), []byte("s"), []byte("d"), 1),
		zkml.Binding("a", digest(1), []byte("s"), []byte("c"), 2),
		zkml.Binding("a", digest(1), []byte("sc"), nil, 1),
		zkml.Binding("a", digest(1), nil, []byte("sc"), 1),
	} {
		if seen[b] {
			t.Errorf("two are bound to %x", b)
		}
		seen[b] = true
	}
}

func TestMessagesAreBounded(t *testing.T) {
	register := func(change func(*zkml.MsgRegisterModel)) error {
		m := &zkml.MsgRegisterModel{Name: "n", Circuit: []byte{1}, Root: digest(1), Parameters: []byte{1}, Price: math.ZeroInt()}
		change(m)
		return m.ValidateBasic()
	}
	submit := func(change func(*zkml.MsgSubmitProof)) error {
		m := &zkml.MsgSubmitProof{Model: digest(1), Input: []int32{1}, Output: []int32{1}, Nonce: 1, Proof: []byte{1}}
		change(m)
		return m.ValidateBasic()
	}
	if err := errors.Join(register(func(*zkml.MsgRegisterModel) {}), submit(func(*zkml.MsgSubmitProof) {})); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"no circuit":      register(func(m *zkml.MsgRegisterModel) { m.Circuit = nil }),
		"giant circuit":   register(func(m *zkml.MsgRegisterModel) { m.Circuit = make([]byte, zkml.CircuitMax+1) }),
		"no name":         register(func(m *zkml.MsgRegisterModel) { m.Name = "" }),
		"long name":       register(func(m *zkml.MsgRegisterModel) { m.Name = strings.Repeat("n", zkml.NameMax+1) }),
		"name of control": register(func(m *zkml.MsgRegisterModel) { m.Name = "a\nb" }),
		"short root":      register(func(m *zkml.MsgRegisterModel) { m.Root = m.Root[1:] }),
		"no parameters":   register(func(m *zkml.MsgRegisterModel) { m.Parameters = nil }),
		"giant parameters": register(func(m *zkml.MsgRegisterModel) {
			m.Parameters = make([]byte, zkml.ParametersMax+1)
		}),
		"terms":          register(func(m *zkml.MsgRegisterModel) { m.Terms = []byte("MIT") }),
		"no price":       register(func(m *zkml.MsgRegisterModel) { m.Price = math.Int{} }),
		"negative price": register(func(m *zkml.MsgRegisterModel) { m.Price = math.NewInt(-1) }),
		"short model":    submit(func(m *zkml.MsgSubmitProof) { m.Model = m.Model[1:] }),
		"no input":       submit(func(m *zkml.MsgSubmitProof) { m.Input = nil }),
		"giant input":    submit(func(m *zkml.MsgSubmitProof) { m.Input = make([]int32, zkml.InputMax+1) }),
		"two inputs":     submit(func(m *zkml.MsgSubmitProof) { m.Packed = []byte{1} }),
		"low of nothing": submit(func(m *zkml.MsgSubmitProof) { m.Low = 1 }),
		"giant packed":   submit(func(m *zkml.MsgSubmitProof) { m.Input, m.Packed = nil, make([]byte, zkml.InputMax+1) }),
		"low too low":    submit(func(m *zkml.MsgSubmitProof) { m.Input, m.Packed, m.Low = nil, []byte{1}, -129 }),
		"low too high":   submit(func(m *zkml.MsgSubmitProof) { m.Input, m.Packed, m.Low = nil, []byte{1}, 1<<16-255 }),
		"no output":      submit(func(m *zkml.MsgSubmitProof) { m.Output = nil }),
		"giant output":   submit(func(m *zkml.MsgSubmitProof) { m.Output = make([]int32, zkml.OutputMax+1) }),
		"nonce zero":     submit(func(m *zkml.MsgSubmitProof) { m.Nonce = 0 }),
		"long context":   submit(func(m *zkml.MsgSubmitProof) { m.Context = make([]byte, zkml.ContextMax+1) }),
		"no proof":       submit(func(m *zkml.MsgSubmitProof) { m.Proof = nil }),
		"giant proof":    submit(func(m *zkml.MsgSubmitProof) { m.Proof = make([]byte, zkml.ProofMax+1) }),
		"update":         (&zkml.MsgUpdateModel{Model: digest(1)}).ValidateBasic(),
		"parameters":     (&zkml.MsgUpdateParams{}).ValidateBasic(),
	} {
		if !errors.Is(err, zkml.ErrInvalid) && (err == nil || !strings.Contains(err.Error(), "price")) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestPackedInput: integers that lie close together take a byte each; others are left as they are.
func TestPackedInput(t *testing.T) {
	large := make([]int32, zkml.InputMax)
	for i := range large {
		large[i] = int32(i%256) - 128
	}
	for name, test := range map[string]struct {
		input  []int32
		packed bool
	}{
		"none":            {nil, false},
		"signed bytes":    {large, true},
		"bytes":           {[]int32{0, 255, 7}, true},
		"at the top":      {[]int32{65_535, 65_500, 65_281}, true},
		"one":             {[]int32{65_535}, true},
		"too far apart":   {[]int32{0, 256}, false},
		"below":           {[]int32{-129, 0}, false},
		"above":           {[]int32{65_536}, false},
		"as far as it is": {[]int32{-1 << 31, 1<<31 - 1}, false},
	} {
		m := (&zkml.MsgSubmitProof{Model: digest(1), Output: []int32{1}, Nonce: 1, Proof: []byte{1}}).WithInput(test.input)
		if !slices.Equal(m.Integers(), test.input) || (len(m.Packed) > 0) != test.packed || (len(m.Input) > 0) == (test.packed || test.input == nil) {
			t.Errorf("%s: %d packed above %d, %d not", name, len(m.Packed), m.Low, len(m.Input))
		}
		if err := m.ValidateBasic(); test.input != nil && err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if most := len(test.input) + 128; test.packed && m.Size() > most {
			t.Errorf("%s: %d bytes, more than %d", name, m.Size(), most)
		}
	}
}

func TestRequirement(t *testing.T) {
	v := zkml.Verified{Input: digest(7), Height: 100, Time: 1000}
	for name, test := range map[string]struct {
		ask         zkml.Requirement
		height, now int64
		want        error
	}{
		"no bound":            {zkml.Requirement{}, 1 << 40, 1 << 40, nil},
		"just fresh":          {zkml.Requirement{Blocks: 5, Seconds: 60}, 105, 1060, nil},
		"a block too old":     {zkml.Requirement{Blocks: 5, Seconds: 60}, 106, 1060, zkml.ErrStale},
		"a second too old":    {zkml.Requirement{Blocks: 5, Seconds: 60}, 105, 1061, zkml.ErrStale},
		"blocks alone":        {zkml.Requirement{Blocks: 5}, 105, 1 << 40, nil},
		"the input":           {zkml.Requirement{Input: digest(7)}, 100, 1000, nil},
		"another input":       {zkml.Requirement{Input: digest(8)}, 100, 1000, zkml.ErrInput},
		"same block, at once": {zkml.Requirement{Blocks: 1, Seconds: 1}, 100, 1000, nil},
	} {
		if err := test.ask.Admits(v, test.height, test.now); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
	whole := zkml.Requirement{Model: digest(1), Submitter: []byte("someone")}
	if err := whole.Validate(); err != nil {
		t.Error(err)
	}
	for name, r := range map[string]zkml.Requirement{
		"no model": {Submitter: whole.Submitter}, "no submitter": {Model: whole.Model},
		"short input": {Model: whole.Model, Submitter: whole.Submitter, Input: []byte{1}},
	} {
		if err := r.Validate(); !errors.Is(err, zkml.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// genesis is one of a ledger on which somebody has two verified values.
func genesis() *zkml.GenesisState {
	circuit := []byte("a circuit")
	m := zkml.Model{
		Owner: "owner", Name: "n", Circuit: zkml.CircuitDigest(circuit), Root: digest(1), Parameters: []byte{1}, Price: math.OneInt(),
	}
	m.Id = zkml.ModelID(m.Circuit, m.Root, m.Parameters)
	value := func(context string, nonce uint64) zkml.Verified {
		return zkml.Verified{
			Model: m.Id, Submitter: "s", Context: []byte(context), Input: digest(3), Output: []int32{-5}, Nonce: nonce, Proof: digest(4),
		}
	}
	return &zkml.GenesisState{
		Params: zkml.DefaultParams(), Circuits: [][]byte{circuit}, Models: []zkml.Model{m},
		Provers: []zkml.Prover{{Model: m.Id, Submitter: "s", Nonce: 2, Values: 2}},
		Values:  []zkml.Verified{value("a", 1), value("b", 2)},
	}
}

func TestGenesisRefuses(t *testing.T) {
	if err := genesis().Validate(); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*zkml.GenesisState){
		"parameters":             func(g *zkml.GenesisState) { g.Params.Bits = 0 },
		"no circuit":             func(g *zkml.GenesisState) { g.Circuits = nil },
		"circuit twice":          func(g *zkml.GenesisState) { g.Circuits = append(g.Circuits, g.Circuits[0]) },
		"circuit of no model":    func(g *zkml.GenesisState) { g.Circuits = append(g.Circuits, []byte("other")) },
		"empty circuit":          func(g *zkml.GenesisState) { g.Circuits = append(g.Circuits, nil) },
		"model twice":            func(g *zkml.GenesisState) { g.Models = append(g.Models, g.Models[0]) },
		"another id":             func(g *zkml.GenesisState) { g.Models[0].Id = digest(9) },
		"nameless":               func(g *zkml.GenesisState) { g.Models[0].Name = "" },
		"prover twice":           func(g *zkml.GenesisState) { g.Provers = append(g.Provers, g.Provers[0]) },
		"prover of no model":     func(g *zkml.GenesisState) { g.Provers[0].Model = digest(9) },
		"prover without a proof": func(g *zkml.GenesisState) { g.Provers[0].Nonce = 0 },
		"more values than told":  func(g *zkml.GenesisState) { g.Provers[0].Values = 1 },
		"fewer values than told": func(g *zkml.GenesisState) { g.Values = g.Values[:1] },
		"value twice":            func(g *zkml.GenesisState) { g.Values[1].Context = g.Values[0].Context },
		"value of nobody":        func(g *zkml.GenesisState) { g.Values[0].Submitter = "t" },
		"nonce to come":          func(g *zkml.GenesisState) { g.Values[0].Nonce = 3 },
		"value without output":   func(g *zkml.GenesisState) { g.Values[0].Output = nil },
		"value without input":    func(g *zkml.GenesisState) { g.Values[0].Input = nil },
		"value without proof":    func(g *zkml.GenesisState) { g.Values[0].Proof = []byte{1} },
		"value before the start": func(g *zkml.GenesisState) { g.Values[0].Height = -1 },
	} {
		g := genesis()
		g.Values = slices.Clone(g.Values)
		spoil(g)
		if err := g.Validate(); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestParamsRefuse(t *testing.T) {
	for name, spoil := range map[string]func(*zkml.Params){
		"no blocks":        func(p *zkml.Params) { p.RetainBlocks = 0 },
		"too many blocks":  func(p *zkml.Params) { p.RetainBlocks = 1 << 31 },
		"too many seconds": func(p *zkml.Params) { p.RetainSeconds = 1 << 31 },
		"no values":        func(p *zkml.Params) { p.ValuesMax = 0 },
		"too many values":  func(p *zkml.Params) { p.ValuesMax = 1 << 20 },
		"no gas":           func(p *zkml.Params) { p.GasMax = 0 },
		"more than blocks": func(p *zkml.Params) { p.GasMax = 50_000_000 },
		"no soundness":     func(p *zkml.Params) { p.Bits = 0 },
		"too much of it":   func(p *zkml.Params) { p.Bits = 129 },
	} {
		p := zkml.DefaultParams()
		if err := p.Validate(); err != nil {
			t.Fatal(err)
		}
		spoil(&p)
		if err := p.Validate(); !errors.Is(err, zkml.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
