package receipt_test

import (
	"bytes"
	"errors"
	"testing"

	"ayni.example/receipt"
)

// inClosedList fails for an error that callers cannot tell apart.
func inClosedList(t *testing.T, err error) {
	t.Helper()
	for _, known := range closedList() {
		if errors.Is(err, known) {
			return
		}
	}
	t.Fatalf("%v is not in the closed list", err)
}

func FuzzFile(f *testing.F) {
	a := newAnswer(f, 10)
	encoded, err := a.file().Encode()
	must(f, err)
	f.Add(encoded)
	f.Add([]byte("{\"receipt\":{}}\n"))
	f.Add([]byte("null\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := receipt.DecodeFile(data)
		if err != nil {
			inClosedList(t, err)
			return
		}
		again, err := file.Encode()
		must(t, err)
		if !bytes.Equal(data, again) {
			t.Fatalf("%q encodes as %q", data, again)
		}
		if _, err := file.Check(receipt.Held{Request: a.request, Answer: a.text}); err != nil {
			inClosedList(t, err)
		}
	})
}

func FuzzReceipt(f *testing.F) {
	encoded, err := newAnswer(f, 11).receipt.Encode()
	must(f, err)
	f.Add(encoded)
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := receipt.Decode(data)
		if err != nil {
			inClosedList(t, err)
			return
		}
		again, err := r.Encode()
		must(t, err)
		if !bytes.Equal(data, again) {
			t.Fatalf("%q encodes as %q", data, again)
		}
		if err := r.Check(); err != nil {
			inClosedList(t, err)
		}
	})
}

func FuzzVoucher(f *testing.F) {
	v, key := newModelVoucher(f)
	encoded, err := v.Encode()
	must(f, err)
	f.Add(encoded)
	f.Add([]byte(`{"cumulative":"-1"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := receipt.DecodeVoucher(data)
		if err != nil {
			inClosedList(t, err)
			return
		}
		again, err := v.Encode()
		must(t, err)
		if !bytes.Equal(data, again) {
			t.Fatalf("%q encodes as %q", data, again)
		}
		if err := v.Verify(public(key)); err != nil {
			inClosedList(t, err)
		} else if !bytes.Equal(data, encoded) {
			t.Fatalf("another voucher %q verifies", data)
		}
	})
}

func FuzzID(f *testing.F) {
	f.Add("r-aaaaaaaaaaaaaaaaaaaaaaaaaa")
	f.Add("r-aaaaaaaaaaaaaaaaaaaaaaaaab")
	f.Fuzz(func(t *testing.T, s string) {
		id, err := receipt.ParseID(s)
		if err != nil {
			inClosedList(t, err)
		} else if string(id) != s {
			t.Fatalf("%q parses as %q", s, id)
		}
	})
}
