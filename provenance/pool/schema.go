package pool

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Bounds of a schema and of what it reads.
const (
	schemaMax = 64 << 10 // bytes of a schema
	recordMax = 1 << 20  // bytes of a line of JSON
	faultsMax = 10       // faults that are told
	textsMax  = 16       // fields that are text
	// documentsMax bounds the documents of a contribution: each is remembered by a sketch.
	documentsMax = 100_000
)

// ErrSchema is a schema that cannot be used.
var ErrSchema = errors.New("unusable schema")

// The formats of a contribution.
const (
	FormatText  = "text"  // one document of UTF-8
	FormatJSONL = "jsonl" // a JSON object a line, each a document
)

// Schema says what a contribution must look like.
type Schema struct {
	format string
	texts  []string // fields whose strings are the document, in this order; none: the record as it stands
	record *jsonschema.Schema
}

// schemaFile is a schema as it is written. Record is a JSON Schema (2020-12 unless it names another draft) without references to elsewhere.
type schemaFile struct {
	Format string          `json:"format"`
	Text   []string        `json:"text,omitempty"`
	Record json.RawMessage `json:"record,omitempty"`
}

// ParseSchema reads a schema: {"format":"jsonl","text":["question","answer"],"record":{…}} or {"format":"text"}.
func ParseSchema(text []byte) (*Schema, error) {
	if len(text) > schemaMax {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrSchema, len(text), schemaMax)
	}
	var f schemaFile
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSchema, err)
	}
	s := &Schema{format: f.Format, texts: f.Text}
	switch {
	case f.Format == FormatText && f.Record == nil && f.Text == nil:
		return s, nil
	case f.Format == FormatText:
		return nil, fmt.Errorf("%w: format text has neither record nor text", ErrSchema)
	case f.Format != FormatJSONL:
		return nil, fmt.Errorf("%w: format %q, want %s or %s", ErrSchema, f.Format, FormatText, FormatJSONL)
	case len(f.Text) > textsMax:
		return nil, fmt.Errorf("%w: %d fields of text, at most %d", ErrSchema, len(f.Text), textsMax)
	case f.Record == nil:
		return nil, fmt.Errorf("%w: format jsonl needs record, a JSON Schema", ErrSchema)
	}
	return s, s.compile(f.Record)
}

func (s *Schema) compile(record []byte) error {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(record))
	if err != nil {
		return fmt.Errorf("%w: record: %w", ErrSchema, err)
	}
	const name = "pool:record"
	c := jsonschema.NewCompiler()
	c.UseLoader(nowhere{})
	if err := c.AddResource(name, value); err != nil {
		return fmt.Errorf("%w: record: %w", ErrSchema, err)
	}
	if s.record, err = c.Compile(name); err != nil {
		return fmt.Errorf("%w: record: %w", ErrSchema, err)
	}
	return nil
}

// nowhere loads nothing: a schema that reads from elsewhere is another one tomorrow.
type nowhere struct{}

func (nowhere) Load(url string) (any, error) {
	return nil, fmt.Errorf("%s lies outside of the schema", url)
}

// FaultsError tells where a contribution does not fit.
type FaultsError struct {
	Faults []string // "line 3: /age: got string, want integer"; the first ten
	More   bool
}

func (e *FaultsError) Error() string {
	more := ""
	if e.More {
		more = "; and more"
	}
	return "it does not fit the pool's schema: " + strings.Join(e.Faults, "; ") + more
}

// Hint is advice for the contributor.
func (e *FaultsError) Hint() string {
	return "`ayni pool show POOL --schema` prints what a record looks like"
}

// Read cuts a contribution into documents; a FaultsError when it does not fit.
func (s *Schema) Read(data []byte) ([]string, error) {
	if s.format == FormatText {
		if !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0 || len(bytes.TrimSpace(data)) == 0 {
			return nil, &FaultsError{Faults: []string{"no text in UTF-8"}}
		}
		return []string{string(data)}, nil
	}
	var documents []string
	var faults FaultsError
	number := 0
	for line := range bytes.Lines(data) {
		number++
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		if len(documents) == documentsMax {
			return nil, &FaultsError{Faults: []string{fmt.Sprintf("more than %d records", documentsMax)}}
		}
		document, err := s.document(line)
		switch {
		case err != nil && len(faults.Faults) < faultsMax:
			faults.Faults = append(faults.Faults, fmt.Sprintf("line %d: %v", number, err))
		case err == nil:
			documents = append(documents, document)
		default:
			faults.More = true
		}
	}
	if len(faults.Faults) > 0 {
		return nil, &faults
	}
	if len(documents) == 0 {
		return nil, &FaultsError{Faults: []string{"no records"}}
	}
	return documents, nil
}

// document is the text of one record.
func (s *Schema) document(line []byte) (string, error) {
	if len(line) > recordMax {
		return "", fmt.Errorf("%d bytes, at most %d", len(line), recordMax)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(line))
	if err != nil {
		return "", errors.New("no JSON")
	}
	if err := s.record.Validate(value); err != nil {
		return "", misfit(err)
	}
	if len(s.texts) == 0 {
		return asText(string(line))
	}
	record, ok := value.(map[string]any)
	if !ok {
		return "", errors.New("want an object")
	}
	parts := make([]string, 0, len(s.texts))
	for _, field := range s.texts {
		part, ok := record[field].(string)
		if !ok {
			return "", fmt.Errorf("/%s: want text", field)
		}
		parts = append(parts, part)
	}
	return asText(strings.Join(parts, "\n"))
}

// asText refuses what no training reads; a string of JSON may hold any character and, in Go's reading, any byte.
func asText(s string) (string, error) {
	if !utf8.ValidString(s) || strings.Contains(s, "\x00") {
		return "", errors.New("no text in UTF-8")
	}
	return s, nil
}

// misfit says where and why in a line: the first of the innermost causes.
func misfit(err error) error {
	var v *jsonschema.ValidationError
	if !errors.As(err, &v) {
		return err
	}
	for len(v.Causes) > 0 {
		v = v.Causes[0]
	}
	where := "/" + strings.Join(v.InstanceLocation, "/")
	why := v.Error()
	if _, rest, ok := strings.Cut(why, "': "); ok {
		why = rest
	}
	if i := strings.LastIndex(why, "\n"); i >= 0 {
		why = strings.TrimSpace(why[i+1:])
	}
	return fmt.Errorf("%s: %s", where, why)
}

// CanonicalSchema is a schema without white space that means nothing; what is hashed.
func CanonicalSchema(text []byte) ([]byte, error) {
	if _, err := ParseSchema(text); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err := json.Compact(&out, text)
	return out.Bytes(), err
}
