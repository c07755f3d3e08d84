// Package template has charters for agents that people often want, to be filled in with a few values.
package template

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/template"
)

//go:embed charter/*.yaml
var files embed.FS

// valueMax bounds one value, in bytes.
const valueMax = 1024

// Names lists the templates.
func Names() []string { return []string{"appraisals", "research", "steward"} }

// Defaults are the values of a template that need not be given; a value that is "" must be.
func Defaults(name string) map[string]string {
	values := map[string]string{
		"label": name, "model": "", "calls": "text", "tokens": "400", "budget": "1", "lifetime": "10", "cost": "0.02", "timelock": "1d",
	}
	switch name {
	case "research":
		values["pages"] = ""
	case "appraisals":
		maps.Copy(values, map[string]string{"appraiser": "", "submitter": "", "payee": "", "per_unit": "", "price": "0.5"})
	case "steward":
		maps.Copy(values, map[string]string{"payees": "", "price": "0.5", "approval": "0.25", "wait": "1h"})
	}
	return values
}

// Charter fills a template in.
func Charter(name string, given map[string]string) ([]byte, error) {
	if !slices.Contains(Names(), name) {
		return nil, fmt.Errorf("template %.40q is unknown: there are %s", name, strings.Join(Names(), ", "))
	}
	values := Defaults(name)
	for _, key := range slices.Sorted(maps.Keys(given)) {
		if _, known := values[key]; !known {
			return nil, fmt.Errorf("template %s has no value %.40q: it has %s", name, key, strings.Join(slices.Sorted(maps.Keys(values)), ", "))
		}
		if v := given[key]; len(v) > valueMax || strings.ContainsAny(v, "\r\n\x00") {
			return nil, fmt.Errorf("value %s: want one line of at most %d bytes", key, valueMax)
		}
		values[key] = given[key]
	}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if values[key] == "" {
			return nil, fmt.Errorf("template %s needs the value %s", name, key)
		}
	}
	t, err := template.New(name+".yaml").Option("missingkey=error").Funcs(template.FuncMap{"q": quote, "split": split, "digest": digest}).ParseFS(files, "charter/"+name+".yaml")
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := t.Execute(&out, values); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// quote writes a value so that YAML reads it as text, whatever is in it: JSON is YAML.
func quote(text string) (string, error) {
	b, err := json.Marshal(text)
	return string(b), err
}

func split(list string) []string {
	var out []string
	for part := range strings.SplitSeq(list, ",") {
		out = append(out, strings.TrimSpace(part))
	}
	return out
}

// digest takes what commands print, with or without the name of the hash.
func digest(text string) string { return "sha256:" + strings.TrimPrefix(text, "sha256:") }
