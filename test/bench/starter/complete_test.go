package main

import "testing"

func TestVerdicts(t *testing.T) {
	const line = "return err"
	var v verdicts
	for _, completion := range []string{"return err\n", "x++\n", "if x {\n\t\treturn\n\t\ty", "}", ""} {
		v.judge(completion, line)
	}
	want := verdicts{Count: 5, Parse: 3, Cut: 1, Exact: 1, Share: 0.6, SameLine: 0.2}
	if v != want {
		t.Errorf("verdicts are %+v, want %+v", v, want)
	}
}

func TestTrainingLines(t *testing.T) {
	have := trainingLines([]source{{text: "package p\n\nfunc f() {\n\t// why\n\n\tx++\n}\n"}})
	if len(have) != 1 || have[0] != "x++" {
		t.Errorf("lines are %q, want x++ alone", have)
	}
}
