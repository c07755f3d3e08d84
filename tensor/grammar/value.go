package grammar

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
)

// typed is the grammar of one type of values.
func (b *schemaBuilder) typed(kind string, s object, path string, depth int) []symbol {
	switch kind {
	case "object":
		return b.objectOf(s, path, depth)
	case "array":
		return b.arrayOf(s, path, depth)
	case "string":
		return b.stringOf(s, path)
	}
	b.only(s, path, "type")
	switch kind {
	case "integer":
		return b.integer()
	case "number":
		return b.number()
	case "boolean":
		return b.choice(literal("true"), literal("false"))
	case "null":
		return literal("null")
	}
	return b.refuse(path+"/type", "the type %q is not known", kind)
}

// once builds a part at its first use and refers to its rule ever after.
func (b *schemaBuilder) once(name string, build func(id int)) []symbol {
	if s, ok := b.memo[name]; ok {
		return s
	}
	if b.memo == nil {
		b.memo = map[string][]symbol{}
	}
	id := b.reserve()
	b.memo[name] = ref(id)
	build(id)
	return b.memo[name]
}

// space is what may stand between the parts of an object or array: nothing, a blank, or a new
// line with a short indentation. Without a bound a model could write blanks for ever.
func (b *schemaBuilder) space() []symbol {
	return b.once("space", func(id int) {
		blank := b.class([]runeRange{{' ', ' '}, {'\t', '\t'}})
		b.define(id, nil, literal(" "), join(literal("\n"), b.repeat(blank, 0, 20)))
	})
}

func (b *schemaBuilder) any() []symbol {
	return b.once("any", func(id int) {
		b.define(id, b.object(), b.array(), b.text(), b.number(), literal("true"), literal("false"), literal("null"))
	})
}

func (b *schemaBuilder) object() []symbol {
	return b.once("object", func(id int) {
		b.define(id, b.list("{", "}", b.property(b.text(), b.any()), 0, unbounded))
	})
}

func (b *schemaBuilder) array() []symbol {
	return b.once("array", func(id int) { b.define(id, b.list("[", "]", b.any(), 0, unbounded)) })
}

func (b *schemaBuilder) property(key, value []symbol) []symbol {
	return join(key, literal(":"), b.space(), value)
}

// list is open, items with commas between, close.
func (b *schemaBuilder) list(open, end string, item []symbol, low, high int) []symbol {
	begin := join(literal(open), b.space())
	finish := join(b.space(), literal(end))
	if high == 0 {
		return join(begin, literal(end))
	}
	id := b.reserve()
	b.define(id, item)
	more := high
	if more != unbounded {
		more--
	}
	next := join(b.space(), literal(","), b.space(), ref(id))
	some := join(ref(id), b.repeat(next, max(0, low-1), more), finish)
	if low > 0 {
		return join(begin, some)
	}
	return join(begin, b.choice(some, literal(end)))
}

func (b *schemaBuilder) integer() []symbol {
	return b.once("integer", func(id int) {
		digit, first := b.class([]runeRange{{'0', '9'}}), b.class([]runeRange{{'1', '9'}})
		natural := b.choice(literal("0"), join(first, b.repeat(digit, 0, 15)))
		b.define(id, join(b.repeat(literal("-"), 0, 1), natural))
	})
}

func (b *schemaBuilder) number() []symbol {
	return b.once("number", func(id int) {
		digit := b.class([]runeRange{{'0', '9'}})
		fraction := join(literal("."), b.repeat(digit, 1, 16))
		exponent := join(b.class([]runeRange{{'e', 'e'}, {'E', 'E'}}),
			b.repeat(b.class([]runeRange{{'+', '+'}, {'-', '-'}}), 0, 1), b.repeat(digit, 1, 2))
		b.define(id, join(b.integer(), b.repeat(fraction, 0, 1), b.repeat(exponent, 0, 1)))
	})
}

// character is one character of a string, escaped where JSON wants it.
func (b *schemaBuilder) character() []symbol {
	return b.once("character", func(id int) {
		plain := b.class(complement([]runeRange{{0, 0x1f}, {'"', '"'}, {'\\', '\\'}}))
		hex := b.class([]runeRange{{'0', '9'}, {'a', 'f'}, {'A', 'F'}})
		// \u escapes stay outside the surrogates, which stand for a character in pairs only.
		notD := b.class([]runeRange{{'0', '9'}, {'a', 'c'}, {'e', 'f'}, {'A', 'C'}, {'E', 'F'}})
		d := b.class([]runeRange{{'d', 'd'}, {'D', 'D'}})
		low := b.class([]runeRange{{'0', '7'}})
		short := b.class([]runeRange{
			{'"', '"'}, {'\\', '\\'}, {'/', '/'}, {'b', 'b'}, {'f', 'f'}, {'n', 'n'}, {'r', 'r'}, {'t', 't'},
		})
		unicode := b.choice(join(notD, hex, hex, hex), join(d, low, hex, hex))
		b.define(id, plain, join(literal(`\`), b.choice(short, join(literal("u"), unicode))))
	})
}

func (b *schemaBuilder) text() []symbol {
	return b.once("text", func(id int) {
		b.define(id, join(literal(`"`), b.repeat(b.character(), 0, unbounded), literal(`"`)))
	})
}

// limits reads a pair of bounds such as minItems and maxItems.
func (b *schemaBuilder) limits(s object, path, least, most string) (low, high int) {
	high = unbounded
	for _, k := range []struct {
		key string
		to  *int
	}{{least, &low}, {most, &high}} {
		v, ok := s.find(k.key)
		if !ok {
			continue
		}
		n, isNumber := v.(json.Number)
		i, err := strconv.Atoi(n.String())
		if !isNumber || err != nil || i < 0 || i > maxRepeat {
			b.refuse(path+"/"+k.key, "want a whole number from 0 to %d", maxRepeat)
			return 0, unbounded
		}
		*k.to = i
	}
	if high != unbounded && high < low {
		b.refuse(path+"/"+most, "%d is less than %s", high, least)
	}
	return low, high
}

func (b *schemaBuilder) stringOf(s object, path string) []symbol {
	b.only(s, path, "type", "minLength", "maxLength", "pattern")
	if p, ok := s.find("pattern"); ok {
		b.only(s, path, "type", "pattern")
		return b.pattern(p, path+"/pattern")
	}
	low, high := b.limits(s, path, "minLength", "maxLength")
	if b.err != nil {
		return nil
	}
	return join(literal(`"`), b.repeat(b.character(), low, high), literal(`"`))
}

func (b *schemaBuilder) arrayOf(s object, path string, depth int) []symbol {
	b.only(s, path, "type", "items", "prefixItems", "minItems", "maxItems")
	if _, ok := s.find("prefixItems"); ok {
		return b.refuse(path+"/prefixItems", "tuples cannot be enforced; use an object")
	}
	low, high := b.limits(s, path, "minItems", "maxItems")
	item := b.any()
	if v, ok := s.find("items"); ok {
		item = b.value(v, path+"/items", depth+1)
	}
	if b.err != nil {
		return nil
	}
	return b.list("[", "]", item, low, high)
}

// objectOf writes properties in the order of the schema. Without properties it is any object,
// or one whose values have the schema of additionalProperties.
func (b *schemaBuilder) objectOf(s object, path string, depth int) []symbol {
	b.only(s, path, "type", "properties", "required", "additionalProperties")
	var props object
	if v, ok := s.find("properties"); ok {
		if props, ok = v.(object); !ok {
			return b.refuse(path+"/properties", "want an object")
		}
	}
	required, ok := b.required(s, props, path)
	if !ok {
		return nil
	}
	extra, open := s.find("additionalProperties")
	if len(props) == 0 {
		switch {
		case extra == false:
			return join(literal("{"), b.space(), literal("}"))
		case !open || extra == true:
			return b.object()
		}
		return b.list("{", "}", b.property(b.text(), b.value(extra, path+"/additionalProperties", depth+1)), 0, unbounded)
	}
	if open && extra != false && extra != true {
		return b.refuse(path+"/additionalProperties", "beside properties it can only be true or false; further properties are not written")
	}
	// bare and after: what may follow when no property was written yet, and when one was.
	bare := join(b.space(), literal("}"))
	after := bare
	for _, prop := range slices.Backward(props) {
		at := fmt.Sprintf("%s/properties/%s", path, prop.key)
		body := b.property(b.constant(prop.key, at), b.value(prop.value, at, depth+1))
		if b.err != nil {
			return nil
		}
		id, first, next := b.reserve(), b.reserve(), b.reserve()
		b.define(id, body)
		with := [][]symbol{join(b.space(), ref(id), after)}
		then := [][]symbol{join(b.space(), literal(","), b.space(), ref(id), after)}
		if !required[prop.key] {
			with, then = append(with, bare), append(then, after)
		}
		b.define(first, with...)
		b.define(next, then...)
		bare, after = ref(first), ref(next)
	}
	return join(literal("{"), bare)
}

func (b *schemaBuilder) required(s, props object, path string) (map[string]bool, bool) {
	set := make(map[string]bool)
	v, ok := s.find("required")
	if !ok {
		return set, true
	}
	known := make(map[string]bool)
	for _, p := range props {
		known[p.key] = true
	}
	list, ok := v.([]any)
	for _, item := range list {
		name, isName := item.(string)
		if !isName || !known[name] {
			b.refuse(path+"/required", "%v is not among the properties", item)
			return nil, false
		}
		set[name] = true
	}
	if !ok {
		b.refuse(path+"/required", "want a list of names")
	}
	return set, ok
}
