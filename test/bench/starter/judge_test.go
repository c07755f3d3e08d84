package main

import "testing"

func TestStatement(t *testing.T) {
	tests := []struct {
		name, completion, want string
		parses                 bool
	}{
		{"simple", "return x\n\ty := 1\n", "return x", true},
		{"block", "if x {\n\t\treturn\n\t}\n\ty := 1\n", "if x {\n\t\treturn\n\t}", true},
		{"open block is closed at its last line", "if x {\n\t\treturn\n\t\ty :=", "if x {\n\t\treturn\n}", true},
		{"two open blocks", "for {\n\t\tif x {\n\t\t\ty()\n", "for {\n\t\tif x {\n\t\t\ty()\n}\n}", true},
		{"brace in a string", "s := \"{\"\n", "s := \"{\"", true},
		{"call over lines", "f(a,\n\tb)\n", "f(a,\n\tb)", true},
		{"comment first", "// why\n\tx++\n", "// why\n\tx++", true},
		{"comment alone", "// why\n", "// why", false},
		{"empty", "", "", false},
		{"blank", "\n\n", "\n", false},
		{"no end of line", "return x", "", false},
		{"open parenthesis", "f(a,\n\tb,\n", "", false},
		{"closes what it did not open", "}\n", "", false},
		{"leaves the function", "return\n}\n\nfunc f() {\n", "return", true},
		{"not go", "if for x\n", "if for x", false},
		{"case without switch", "case 1:\n\tx++\n", "case 1:\n\tx++", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			have := statement(tt.completion)
			if have != tt.want {
				t.Errorf("statement(%q) = %q, want %q", tt.completion, have, tt.want)
			}
			if p := parses(have); p != tt.parses {
				t.Errorf("parses(%q) = %v, want %v", have, p, tt.parses)
			}
		})
	}
}

func TestParsesRefusesEscape(t *testing.T) {
	if parses("x()\n}\nfunc g() {\n\ty()") {
		t.Error("a second function was taken for a statement")
	}
}

func TestSameLine(t *testing.T) {
	tests := []struct {
		name, completion, line string
		want                   bool
	}{
		{"same", "return nil\n", "return nil", true},
		{"more than the line", "return nil, err\n", "return nil", false},
		{"end not reached", "return nil", "return nil", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if have := sameLine(tt.completion, tt.line); have != tt.want {
				t.Errorf("sameLine(%q, %q) = %v", tt.completion, tt.line, have)
			}
		})
	}
}
