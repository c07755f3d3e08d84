package zkml

import (
	"crypto/sha256"

	"ayni.example/x/credit"
	"ayni.example/x/internal/bound"
	"ayni.example/zk/circuit"
	"ayni.example/zk/commit"
)

// Bounds of what a model says of itself.
const (
	NameMax       = 64
	CircuitMax    = 256 << 10
	ParametersMax = 512
)

// modelDomain keeps ids apart from every other digest.
const modelDomain = "ayni/zkml/model/1"

// ModelID names a circuit with its weights and proof parameters, on every ledger alike.
func ModelID(circuit, root, parameters []byte) []byte {
	text := lengthFirst(lengthFirst(lengthFirst([]byte(modelDomain), circuit), root), parameters)
	id := sha256.Sum256(text)
	return id[:]
}

// ID is the ModelID of a model as those have it who prove with it or verify: a bundle, an answer.
func ID(c *circuit.Circuit, root [DigestSize]byte, p commit.Parameters) []byte {
	digest := c.Digest()
	return ModelID(digest[:], root[:], p.Encode())
}

// CircuitDigest names a circuit by its canonical encoding.
func CircuitDigest(encoded []byte) []byte {
	d := sha256.Sum256(encoded)
	return d[:]
}

// Validate checks the model without any state.
func (m Model) Validate() error {
	if err := checkDigest("circuit", m.Circuit); err != nil {
		return err
	}
	if err := checkWords(m.Name, m.Root, m.Parameters, m.Terms); err != nil {
		return err
	}
	if string(m.Id) != string(ModelID(m.Circuit, m.Root, m.Parameters)) {
		return ErrInvalid.Wrapf("model %x has another digest", m.Id)
	}
	return credit.CheckAmount("price", m.Price)
}

func checkWords(name string, root, parameters, terms []byte) error {
	if name == "" {
		return ErrInvalid.Wrap("no name")
	}
	if err := bound.Text("name", name, NameMax); err != nil {
		return ErrInvalid.Wrap(err.Error())
	}
	if len(parameters) == 0 || len(parameters) > ParametersMax {
		return ErrInvalid.Wrapf("parameters of %d bytes are not 1 to %d", len(parameters), ParametersMax)
	}
	if err := checkDigest("root", root); err != nil {
		return err
	}
	return checkTerms(terms)
}

func checkTerms(terms []byte) error {
	if len(terms) == 0 {
		return nil
	}
	return checkDigest("terms", terms)
}

func checkDigest(field string, digest []byte) error {
	if err := bound.Length(field, digest, DigestSize); err != nil {
		return ErrInvalid.Wrap(err.Error())
	}
	return nil
}
