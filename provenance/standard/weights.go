package standard

import (
	"fmt"
	"io"
	"strings"

	"ayni.example/tensor/gguf"
	"ayni.example/tensor/safetensors"
)

// ReadGGUF reads what the metadata of a GGUF file says of its origin. Keys that are not known are left alone.
func ReadGGUF(source io.ReaderAt, size int64) (Claims, error) {
	m, err := gguf.ReadMetadata(source, size)
	if err != nil {
		return Claims{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	c := Claims{Kind: "model"}
	text := func(key string) string {
		s, _ := m[key].(string)
		return s
	}
	set(&c.Name, text("general.name"))
	set(&c.Licence, text("general.license"))
	if id, ok := spdx(c.Licence); ok {
		c.Licence = id
	}
	relation := RelationFinetune
	switch {
	case text("general.type") == "adapter":
		c.Kind, relation = "adapter", RelationAdapter
	case count(m, "general.base_model.count") > 1:
		relation = RelationMerge
	}
	each := func(prefix, relation string) {
		for i := range count(m, prefix+".count") {
			at := fmt.Sprintf("%s.%d.", prefix, i)
			name, uri := text(at+"name"), text(at+"repo_url")
			if uri == "" {
				uri = text(at + "url")
			}
			if hub := hubName(uri); hub != "" {
				name = hub // the hub's name says which one of that name it is
			} else if owner := text(at + "organization"); owner != "" && name != "" {
				name = owner + "/" + name
			}
			c.add(Claim{Name: name, Relation: relation, URI: line(uri)})
		}
	}
	each("general.base_model", relation)
	each("general.dataset", RelationData)
	if list, ok := m["general.datasets"].([]string); ok {
		for _, name := range list[:min(len(list), maxClaims)] {
			c.add(Claim{Name: name, Relation: RelationData, URI: hubURI(name, "datasets/")})
		}
	}
	return c, nil
}

// count is how many entries a list of keys has; a file cannot make us look for more than maxClaims.
func count(m gguf.Metadata, key string) int {
	n, err := m.UintOr(key, 0)
	if err != nil {
		return 0
	}
	return int(min(n, maxClaims))
}

// hubName is the name at the end of an address of the hub.
func hubName(uri string) string {
	name, ok := strings.CutPrefix(uri, "https://huggingface.co/")
	name = strings.TrimSuffix(strings.TrimPrefix(name, "datasets/"), "/")
	if !ok || hubURI(name, "") == "" {
		return ""
	}
	return name
}

// ReadSafetensors reads what the metadata of a safetensors file says of its origin, in the words that trainers write there.
func ReadSafetensors(source io.ReaderAt, size int64) (Claims, error) {
	file, err := safetensors.Read(source, size)
	if err != nil {
		return Claims{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	m := file.Metadata
	c := Claims{Kind: "model"}
	for _, key := range []string{"modelspec.title", "name"} {
		set(&c.Name, m[key])
	}
	for _, key := range []string{"modelspec.license", "license"} {
		set(&c.Licence, m[key])
	}
	if id, ok := spdx(c.Licence); ok {
		c.Licence = id
	}
	relation := RelationFinetune
	if strings.Contains(m["modelspec.architecture"], "/lora") || m["ss_network_module"] != "" {
		c.Kind, relation = "adapter", RelationAdapter
	}
	for _, key := range []string{"base_model", "base_model_name_or_path"} {
		c.add(Claim{Name: m[key], Relation: relation, URI: hubURI(m[key], "")})
	}
	base := Claim{Name: m["ss_sd_model_name"], Relation: relation}
	if d, err := ParseDigest(strings.ToLower(m["ss_new_sd_model_hash"])); err == nil {
		base.Digest = d
	}
	c.add(base)
	for _, key := range []string{"modelspec.merged_from", "merged_from"} {
		for name := range strings.SplitSeq(m[key], ",") {
			c.add(Claim{Name: name, Relation: RelationMerge, URI: hubURI(strings.TrimSpace(name), "")})
		}
	}
	for name := range strings.SplitSeq(m["datasets"], ",") {
		c.add(Claim{Name: name, Relation: RelationData, URI: hubURI(strings.TrimSpace(name), "datasets/")})
	}
	return c, nil
}
