// Package jinja renders the chat templates that travel in model files.
//
// It is the part of Jinja that such templates use, with a bound on everything: a template is a stranger's program, so it
// gets a number of steps, of bytes and of nested calls, sees only the values it is given, and ends with an error beyond them.
//
// Flow: Parse (lex.go, parse*.go) gives a Template; Render evaluates it (run.go, expression.go, statement.go) with values:
// nil, bool, int, float64, string, []any, map[string]any. Blocks are trimmed as model authors expect (trim_blocks and
// lstrip_blocks are on). Not there: include, import, extends, block, recursive loops.
package jinja
