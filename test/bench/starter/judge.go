package main

import (
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"strings"
)

// scan says where the first statement of a text ends.
type scan struct {
	end    int  // offset of the newline that ends it, -1 while it is open
	braces int  // braces that the text opened and did not close
	others bool // a parenthesis or bracket is open
	under  bool // the text closed a bracket that it did not open
}

// scanStatement reads tokens until the newline that ends a statement while no bracket is open,
// which is where the language itself would put a semicolon.
func scanStatement(text string) scan {
	var s scanner.Scanner
	set := token.NewFileSet()
	file := set.AddFile("", set.Base(), len(text))
	s.Init(file, []byte(text), func(token.Position, string) {}, 0) // errors are the parser's to find
	var open []token.Token
	for {
		pos, tok, lit := s.Scan()
		at := file.Offset(pos)
		switch tok {
		case token.LPAREN, token.LBRACK, token.LBRACE:
			open = append(open, tok)
		case token.RPAREN, token.RBRACK, token.RBRACE:
			if len(open) == 0 {
				return scan{end: -1, under: true}
			}
			open = open[:len(open)-1]
		case token.SEMICOLON:
			if len(open) == 0 && lit == "\n" && at < len(text) {
				return scan{end: at}
			}
		case token.EOF:
			left := scan{end: -1}
			for _, o := range open {
				if o == token.LBRACE {
					left.braces++
				} else {
					left.others = true
				}
			}
			return left
		default: // any other token belongs to the statement
		}
	}
}

// ended reports that nothing after text can change the verdict.
func ended(text string) bool {
	s := scanStatement(text)
	return s.end >= 0 || s.under
}

// statement is what is judged of a completion: the first statement, or, when the limit came
// first, its whole lines with the braces closed that it opened itself. It is empty when there
// is nothing to judge.
func statement(completion string) string {
	s := scanStatement(completion)
	switch {
	case s.under:
		return ""
	case s.end >= 0:
		return completion[:s.end]
	}
	last := strings.LastIndexByte(completion, '\n')
	if last < 0 {
		return "" // a line without an end is no statement
	}
	s = scanStatement(completion[:last])
	if s.others || s.under {
		return ""
	}
	return completion[:last] + strings.Repeat("\n}", s.braces)
}

// parses reports whether the text is at least one statement of a function body and nothing else.
func parses(text string) bool {
	src := "package p\n\nfunc _() {\n" + text + "\n}\n"
	f, err := parser.ParseFile(token.NewFileSet(), "", src, parser.SkipObjectResolution)
	if err != nil || len(f.Decls) != 1 {
		return false
	}
	fn, ok := f.Decls[0].(*ast.FuncDecl)
	if !ok {
		return false
	}
	for _, s := range fn.Body.List {
		if _, empty := s.(*ast.EmptyStmt); !empty {
			return true
		}
	}
	return false
}

// sameLine reports whether a completion begins with the line that the author wrote.
func sameLine(completion, line string) bool {
	first, _, ended := strings.Cut(completion, "\n")
	return ended && strings.TrimSpace(first) == strings.TrimSpace(line)
}
