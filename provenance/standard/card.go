package standard

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// Bounds of a card.
const (
	maxCard   = 1 << 20
	maxFront  = 64 << 10
	maxTokens = 1024 // lines of the front matter: the parser's cost per line is not small
)

// ReadCard reads what the front matter of a Hugging Face card (README.md) says of a model's or a data set's origin. A card without front
// matter says nothing. Names in cards have no digests.
func ReadCard(text []byte) (Claims, error) {
	front, err := frontMatter(text)
	if err != nil || front == nil {
		return Claims{}, err
	}
	fields, err := frontFields(front)
	if err != nil {
		return Claims{}, err
	}
	c := Claims{Licence: first(fields["license"])}
	if c.Licence == "other" {
		c.Licence = first(fields["license_name"])
	}
	if id, ok := spdx(c.Licence); ok {
		c.Licence = id
	}
	bases := fields["base_model"]
	relation := relationOf(first(fields["base_model_relation"]), fields, len(bases))
	for _, name := range bases {
		c.add(Claim{Name: name, Relation: relation, URI: hubURI(name, "")})
	}
	for _, name := range fields["datasets"] {
		c.add(Claim{Name: name, Relation: RelationData, URI: hubURI(name, "datasets/")})
	}
	set(&c.Name, first(fields["model_name"]))
	set(&c.Name, first(fields["pretty_name"]))
	return c, nil
}

// relationOf is what a card says, or what the hub takes it for when it says nothing: several bases are a merge.
func relationOf(said string, fields map[string][]string, bases int) string {
	switch strings.ToLower(said) {
	case "adapter":
		return RelationAdapter
	case "merge":
		return RelationMerge
	case "quantized":
		return RelationQuantize
	case "finetune":
		return RelationFinetune
	}
	switch library := first(fields["library_name"]); {
	case library == "peft" || slices.Contains(fields["tags"], "lora"):
		return RelationAdapter
	case bases > 1:
		return RelationMerge
	}
	return RelationFinetune
}

// hubURI is where a name of the hub's form leads; any other name leads nowhere.
func hubURI(name, folder string) string {
	owner, model, ok := strings.Cut(name, "/")
	plain := func(s string) bool {
		return s != "" && s[0] != '.' && !strings.ContainsFunc(s, func(r rune) bool {
			return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_' && r != '.'
		})
	}
	if !ok || !plain(owner) || !plain(model) {
		return ""
	}
	return "https://huggingface.co/" + folder + name
}

// frontMatter is what stands between the first two lines of three dashes.
func frontMatter(text []byte) ([]byte, error) {
	if len(text) > maxCard {
		return nil, fmt.Errorf("%w: a card of %d bytes, at most %d", ErrMalformed, len(text), maxCard)
	}
	text = bytes.ReplaceAll(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")), []byte("\r\n"), []byte("\n"))
	rest, ok := bytes.CutPrefix(text, []byte("---\n"))
	if !ok {
		return nil, nil
	}
	front, _, ok := bytes.Cut(append([]byte("\n"), rest...), []byte("\n---"))
	if !ok {
		return nil, fmt.Errorf("%w: the card's front matter does not end", ErrMalformed)
	}
	if len(front) > maxFront {
		return nil, fmt.Errorf("%w: front matter of %d bytes, at most %d", ErrMalformed, len(front), maxFront)
	}
	return front, nil
}

// frontFields are the lines of a front matter that are text or lists of text; deeper ones, such as results, are not looked at. Aliases
// are not followed.
func frontFields(front []byte) (map[string][]string, error) {
	if bytes.Count(front, []byte("\n")) > maxTokens {
		return nil, fmt.Errorf("%w: front matter of more than %d lines", ErrMalformed, maxTokens)
	}
	file, err := parser.ParseBytes(front, 0)
	if err != nil {
		return nil, fmt.Errorf("%w: front matter: %s", ErrMalformed, strings.SplitN(yaml.FormatError(err, false, false), "\n", 2)[0])
	}
	fields := make(map[string][]string)
	if len(file.Docs) == 0 || file.Docs[0].Body == nil {
		return fields, nil
	}
	var values []*ast.MappingValueNode
	switch body := file.Docs[0].Body.(type) {
	case *ast.MappingNode:
		values = body.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{body}
	}
	for _, v := range values {
		key := scalar(v.Key)
		switch value := v.Value.(type) {
		case *ast.SequenceNode:
			for _, item := range value.Values {
				if s := scalar(item); s != "" && len(fields[key]) < maxClaims {
					fields[key] = append(fields[key], s)
				}
			}
		default:
			if s := scalar(value); s != "" {
				fields[key] = []string{s}
			}
		}
	}
	return fields, nil
}

func scalar(n ast.Node) string {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value
	case *ast.LiteralNode:
		return n.Value.Value
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value
	}
	return ""
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// WriteCard writes a card whose front matter says where an artefact comes from, as the hub reads it. Its text names what the front
// matter cannot: digests, and how each parent is known.
func WriteCard(b Bill) []byte {
	var out bytes.Buffer
	out.WriteString("---\n")
	if s := b.Subject; s.Licence != "" {
		if id, ok := spdx(s.Licence); ok {
			fmt.Fprintf(&out, "license: %s\n", strings.ToLower(id))
		} else {
			fmt.Fprintf(&out, "license: other\nlicense_name: %s\n", strconv.Quote(line(s.Licence)))
		}
	}
	bases, sets, relation := b.parents()
	list := func(name string, items []Component) {
		if len(items) > 0 {
			fmt.Fprintf(&out, "%s:\n", name)
			for _, c := range items {
				fmt.Fprintf(&out, "- %s\n", strconv.Quote(line(c.Name)))
			}
		}
	}
	list("base_model", bases)
	if relation != "" {
		fmt.Fprintf(&out, "base_model_relation: %s\n", relation)
	}
	list("datasets", sets)
	fmt.Fprintf(&out, "---\n\n# %s\n\n", markdown(b.Subject.Name))
	if b.Subject.Description != "" {
		fmt.Fprintf(&out, "%s\n\n", markdown(b.Subject.Description))
	}
	byRef := make(map[string]Component, len(b.Components))
	for _, c := range b.Components {
		byRef[c.Ref()] = c
	}
	if len(b.Subject.Parents) > 0 {
		out.WriteString("| made from | relation | known | SHA-256 |\n| --- | --- | --- | --- |\n")
		for _, l := range b.Subject.Parents {
			c := byRef[l.Ref]
			fmt.Fprintf(&out, "| %s | %s | %s | `%s` |\n", markdown(c.Name), markdown(l.Relation), markdown(l.Evidence), c.Content)
		}
	}
	return out.Bytes()
}

// parents are the subject's models and data sets, and the one relation that a card has room for.
func (b Bill) parents() (bases, sets []Component, relation string) {
	words := map[string]string{RelationAdapter: "adapter", RelationMerge: "merge", RelationQuantize: "quantized", RelationFinetune: "finetune"}
	for _, l := range b.Subject.Parents {
		for _, c := range b.Components {
			switch {
			case c.Ref() != l.Ref:
			case c.data():
				sets = append(sets, c)
			case c.model():
				bases = append(bases, c)
				if relation == "" {
					relation = words[l.Relation]
				}
			}
		}
	}
	return bases, sets, relation
}

// markdown is a line that cannot begin something else.
func markdown(s string) string {
	return strings.NewReplacer("|", "\\|", "<", "&lt;", "`", "'", "[", "\\[", "]", "\\]", "*", "\\*").Replace(line(s))
}
