package convert

import (
	"io"

	"ayni.example/tensor/gguf"
)

// Model is a GGUF file that is about to be written.
type Model struct {
	w      *gguf.Writer
	report *Report
	closer func() error
}

// WriteTo writes the file; it reads the sources as it goes.
func (m *Model) WriteTo(dst io.Writer) (int64, error) { return m.w.WriteTo(dst) }

// Report tells how far what was written is from its source. It is complete after WriteTo.
func (m *Model) Report() Report {
	if m.report == nil {
		return Report{}
	}
	return *m.report
}

// Close lets go of the sources.
func (m *Model) Close() error {
	if m.closer == nil {
		return nil
	}
	return m.closer()
}
