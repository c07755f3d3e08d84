package manifest

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// scalar is the node when it holds one value, else nil.
func (c cursor) scalar() ast.Node {
	switch n := c.value().(type) {
	case *ast.StringNode, *ast.LiteralNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n
	}
	return nil
}

// text is one value as it is written; numbers and truth values are text too.
func (c cursor) text() string {
	switch n := c.value().(type) {
	case nil:
		return ""
	case *ast.StringNode:
		return n.Value
	case *ast.LiteralNode:
		return n.Value.Value
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value
	default:
		c.errorf("write the value itself", "want one value, found %s", kind(n))
		return ""
	}
}

// with is the same place with a part of its text.
func (c cursor) with(text string) cursor {
	c.node = &ast.StringNode{Token: c.scalar().GetToken(), Value: strings.TrimSpace(text)}
	return c
}

func (c cursor) isList() bool {
	_, ok := c.value().(*ast.SequenceNode)
	return ok
}

// texts is a list of values.
func (c cursor) texts() []string {
	values := c.list()
	list := make([]string, 0, len(values))
	for _, v := range values {
		if !v.there() {
			v.errorf("put it in quotes", "a value is missing")
		}
		list = append(list, v.text())
	}
	return list
}

// placed is a list of values, each of which stands at the same place in the deployment.
func (c cursor) placed(at string) []string {
	for i, v := range c.as(at).list() {
		v.as(fmt.Sprintf("%s[%d]", at, i))
	}
	return c.texts()
}

// oneOf is a value out of a few.
func (c cursor) oneOf(values ...string) string {
	v := c.text()
	if c.scalar() == nil {
		return ""
	}
	if slices.Contains(values, v) {
		return v
	}
	c.errorf("", "%q is unknown, want %s", v, strings.Join(values, " or "))
	return ""
}

func (c cursor) yes() bool { return c.oneOf("true", "false") == "true" }

// integer is a whole number that is not negative.
func (c cursor) integer() uint64 {
	v := c.text()
	if c.scalar() == nil {
		return 0
	}
	n, err := strconv.ParseUint(v, 10, 63)
	if err != nil {
		c.errorf("", "%q is no whole number from 0 on", v)
	}
	return n
}

// count is an integer that an int holds everywhere.
func (c cursor) count() int {
	n := c.integer()
	if n > 1<<31-1 {
		c.errorf("", "%d is out of range", n)
		return 0
	}
	return int(n)
}

// decimal is the number before the unit, exact, and the unit; ok is false after an error.
func (c cursor) decimal(hint string) (number *big.Rat, unit string, ok bool) {
	v := strings.TrimSpace(c.text())
	if c.scalar() == nil {
		return nil, "", false
	}
	end := 0
	for end < len(v) && (v[end] >= '0' && v[end] <= '9' || v[end] == '.') {
		end++
	}
	if end == 0 || end > 40 || v[0] == '.' || strings.Count(v[:end], ".") > 1 {
		c.errorf(hint, "%q is no amount", v)
		return nil, "", false
	}
	number, ok = new(big.Rat).SetString(v[:end])
	if !ok {
		c.errorf(hint, "%q is no amount", v)
	}
	return number, strings.TrimSpace(v[end:]), ok
}

// whole multiplies and tells whether the result is an integer that 63 bits hold; up rounds towards more, else towards less.
func whole(number *big.Rat, factor *big.Int, up bool) (uint64, bool) {
	product := new(big.Rat).Mul(number, new(big.Rat).SetInt(factor))
	n, rest := new(big.Int).QuoRem(product.Num(), product.Denom(), new(big.Int))
	if up && rest.Sign() > 0 {
		n.Add(n, big.NewInt(1))
	}
	return n.Uint64(), n.IsInt64()
}

// bytes is a size, rounded up to whole bytes.
func (c cursor) bytes() uint64 {
	const hint = "such as 512Mi or 4Gi (powers of 1024), or 4G (of 1000)"
	number, unit, ok := c.decimal(hint)
	if !ok {
		return 0
	}
	power := strings.Index("kMGTPE", strings.Replace(strings.TrimSuffix(unit, "i"), "K", "k", 1))
	base := int64(1000)
	if strings.HasSuffix(unit, "i") {
		base = 1024
	}
	switch {
	case unit == "":
		power = -1
	case len(strings.TrimSuffix(unit, "i")) != 1 || power < 0:
		c.errorf(hint, "%q is no unit of size", unit)
		return 0
	}
	n, fits := whole(number, new(big.Int).Exp(big.NewInt(base), big.NewInt(int64(power+1)), nil), true)
	if !fits {
		c.errorf("", "%q is too large", c.text())
		return 0
	}
	return n
}

// cores is processors in thousandths, rounded up: 2, 0.5 or 500m.
func (c cursor) cores() uint64 {
	const hint = "such as 2, 0.5 or 500m (thousandths)"
	number, unit, ok := c.decimal(hint)
	if !ok {
		return 0
	}
	factor := int64(1000)
	switch unit {
	case "":
	case "m":
		factor = 1
	default:
		c.errorf(hint, "%q is no unit of processors", unit)
		return 0
	}
	n, fits := whole(number, big.NewInt(factor), true)
	if !fits {
		c.errorf("", "%q is too large", c.text())
		return 0
	}
	return n
}

// seconds is a whole number of seconds, minutes, hours or days.
func (c cursor) seconds(units string) uint64 {
	v := strings.TrimSpace(c.text())
	if c.scalar() == nil {
		return 0
	}
	factor := map[byte]uint64{'s': 1, 'm': 60, 'h': 3600, 'd': 86400}
	if len(v) > 1 && strings.IndexByte(units, v[len(v)-1]) >= 0 {
		if n, err := strconv.ParseUint(v[:len(v)-1], 10, 32); err == nil && n > 0 {
			return n * factor[v[len(v)-1]]
		}
	}
	c.errorf("such as 90s, 30m or 24h", "%q is no time", v)
	return 0
}
