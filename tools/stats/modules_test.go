package main

import (
	"slices"
	"strings"
	"testing"
)

const listed = `{"ImportPath":"fmt"}
{"ImportPath":"b.example/far","Imports":["fmt"],"Module":{"Path":"b.example","Version":"v2.0.0"}}
{"ImportPath":"a.example/near","Imports":["b.example/far"],"Module":{"Path":"a.example","Version":"v1.0.0"}}
{"ImportPath":"a.example/near/too","Module":{"Path":"a.example","Version":"v1.0.0"}}
{"ImportPath":"ayni.example/x","Imports":["fmt","a.example/near"],"Module":{"Path":"ayni.example","Main":true}}
`

func TestCount(t *testing.T) {
	packages, err := decode(strings.NewReader(listed))
	if err != nil {
		t.Fatal(err)
	}
	s := count(packages)
	if s.Packages != 5 || s.Linked != 2 || !slices.Equal(s.Direct, []string{"a.example v1.0.0"}) {
		t.Errorf("%+v: want 5 packages, 2 modules, and a.example alone as direct", s)
	}
}

func TestDecodeTorn(t *testing.T) {
	if _, err := decode(strings.NewReader(listed[:len(listed)-9])); err == nil {
		t.Error("a list that breaks off was accepted")
	}
}
