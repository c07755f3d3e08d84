package inference

import "ayni.example/x/internal/bound"

// Bounds of an entry.
const (
	nameMax    = 128
	wordMax    = 64
	contextMax = 1 << 28
)

// nameChars is what names of models are made of, such as hf.co/org/model:Q4_K_M.
const nameChars = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:/@+-"

// Validate checks the entry without any state; registrant and height are the ledger's to set.
func (m Model) Validate() error {
	for _, err := range []error{
		bound.Length("model digest", m.Digest, DigestSize),
		bound.Word("model name", m.Name, nameChars, nameMax),
		bound.Text("family", m.Family, wordMax),
		bound.Text("format", m.Format, wordMax),
		bound.Text("quantisation", m.Quantisation, wordMax),
		bound.Text("license", m.License, wordMax),
	} {
		if err != nil {
			return ErrInvalid.Wrap(err.Error())
		}
	}
	if m.Context > contextMax {
		return ErrInvalid.Wrapf("context of %d tokens exceeds %d", m.Context, contextMax)
	}
	return nil
}

// Same tells whether two entries say the same of a model, whoever registered them and when.
func (m Model) Same(other Model) bool {
	m.Registrant, m.RegisteredHeight = other.Registrant, other.RegisteredHeight
	return m.Equal(other)
}

// Equal tells whether two entries agree in every field.
func (m Model) Equal(other Model) bool {
	return string(m.Digest) == string(other.Digest) && m.Name == other.Name && m.Family == other.Family &&
		m.Format == other.Format && m.Quantisation == other.Quantisation && m.License == other.License &&
		m.Parameters == other.Parameters && m.SizeBytes == other.SizeBytes && m.Context == other.Context &&
		m.Opaque == other.Opaque && m.Registrant == other.Registrant && m.RegisteredHeight == other.RegisteredHeight
}
