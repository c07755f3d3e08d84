package charter

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// ErrArguments says that a tool may not be called with such arguments.
var ErrArguments = errors.New("arguments are not allowed")

// Schema is a JSON Schema that is ready to be asked. Its zero value admits any object.
type Schema struct{ compiled *jsonschema.Schema }

// Compile reads a schema; references to elsewhere are not followed.
func Compile(text json.RawMessage) (Schema, error) {
	if len(text) == 0 {
		return Schema{}, nil
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return Schema{}, fmt.Errorf("no JSON Schema: %w", err)
	}
	const name = "charter:arguments"
	c := jsonschema.NewCompiler()
	c.UseLoader(nowhere{})
	if err := c.AddResource(name, value); err != nil {
		return Schema{}, fmt.Errorf("no JSON Schema: %w", err)
	}
	compiled, err := c.Compile(name)
	if err != nil {
		return Schema{}, fmt.Errorf("no JSON Schema: %w", err)
	}
	return Schema{compiled}, nil
}

// Check asks whether arguments, a JSON object, meet the schema.
func (s Schema) Check(arguments json.RawMessage) error {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(arguments))
	if err != nil {
		return fmt.Errorf("%w: no JSON: %w", ErrArguments, err)
	}
	if _, object := value.(map[string]any); !object {
		return fmt.Errorf("%w: want an object", ErrArguments)
	}
	if s.compiled == nil {
		return nil
	}
	if err := s.compiled.Validate(value); err != nil {
		return fmt.Errorf("%w: %w", ErrArguments, err)
	}
	return nil
}

// nowhere loads nothing: a schema is whole in itself.
type nowhere struct{}

func (nowhere) Load(url string) (any, error) {
	return nil, fmt.Errorf("%s lies elsewhere", url)
}
